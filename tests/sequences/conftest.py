import pytest


@pytest.fixture
def world(db):
    from tests.sequences.world import make_world  # models are ready only now

    return make_world()


@pytest.fixture
def in_outbox(world):
    """An automatic touch whose email waits in the outbox; a call follows a day later."""
    from apps.sequences.engine import tick
    from tests.factories import A_TUESDAY
    from tests.sequences.world import start

    touch = start(world, ("auto_email", 0), ("call", 1))
    assert tick(now=A_TUESDAY)["sent"] == 1
    touch.refresh_from_db()
    return touch
