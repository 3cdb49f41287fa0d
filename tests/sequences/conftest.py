import pytest


@pytest.fixture
def world(db):
    from tests.sequences.world import make_world  # models are ready only now

    return make_world()
