"""Files: what is taken in, what is refused and why, and how it is handed out."""

import io
import zipfile
from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Account, File
from apps.activities.models import Activity
from apps.users.models import Team, User
from tests import factories as make

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 40
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
EXE = b"MZ\x90\x00\x03" + b"\x00" * 100


def archive(*names: str, mimetype: str = "") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        if mimetype:
            file.writestr("mimetype", mimetype)
        for name in names:
            file.writestr(name, "<x/>")
    return content.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
ODT = archive("content.xml", mimetype="application/vnd.oasis.opendocument.text")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


@pytest.fixture
def team() -> Team:
    return make.make_team("North")


@pytest.fixture
def rep(team: Team) -> User:
    return make.make_user("Rita Rep", team=team)


@pytest.fixture
def account(team: Team) -> Account:
    return make.make_account("Zoetis", team=team)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def send(user: User, account: Account, *files: tuple[str, bytes]) -> tuple[int, str]:
    uploads = [SimpleUploadedFile(name, content, "application/octet-stream") for name, content in files]
    url = reverse("activities:file_add", args=[account.pk])
    answer = signed_in(user).post(url, {"files": uploads})
    return answer.status_code, answer.content.decode()


class TestTakingIn:
    @pytest.mark.parametrize(
        ("name", "content", "kind"),
        [
            ("offer.pdf", PDF, "application/pdf"),
            ("Photo.PNG", PNG, "image/png"),
            ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 20, "image/jpeg"),
            ("a.webp", b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\x00" * 20, "image/webp"),
            ("plan.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            ("plan.odt", ODT, "application/vnd.oasis.opendocument.text"),
            ("old.xls", OLE, "application/vnd.ms-excel"),
            ("all.zip", archive("a.txt"), "application/zip"),
            ("rows.csv", "näme;city\nÅ;Ö".encode("latin-1"), "text/csv"),
            ("wide.txt", "Grüße".encode("utf-16"), "text/plain"),
            ("notes.md", b"# Hi\n", "text/markdown"),
            ("mail.eml", b"From: a@b.test\r\nSubject: Hi\r\n\r\nHello", "message/rfc822"),
            ("date.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar"),
        ],
    )
    def test_what_offices_send_is_kept(
        self, name: str, content: bytes, kind: str, rep: User, account: Account
    ) -> None:
        assert send(rep, account, (name, content))[0] == 302
        file, activity = File.objects.get(), Activity.objects.get()
        assert (file.name, file.content_type, file.size, file.author) == (name, kind, len(content), rep)
        assert file.sha256 == sha256(content).hexdigest()
        assert name.lower() not in str(file.content.name).lower(), "nobody can guess where it lies"
        assert (activity.kind, activity.file, activity.team) == ("file", file, account.team)

    @pytest.mark.parametrize(
        ("name", "content", "reason"),
        [
            ("tool.exe", EXE, "Files of this kind are not kept"),
            ("page.html", b"<html>", "Files of this kind are not kept"),
            ("mark.svg", b"<svg/>", "Files of this kind are not kept"),
            ("noending", b"Hello", "Files of this kind are not kept"),
            ("offer.pdf", EXE, "not what its name says"),
            ("offer.pdf.exe", PDF, "Files of this kind are not kept"),
            ("photo.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "not what its name says"),
            ("photo.png", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "not what its name says"),
            ("notes.txt", EXE, "not what its name says"),
            ("notes.txt", b"  <!DOCTYPE html><script>", "not what its name says"),
            ("notes.txt", b"\xef\xbb\xbf<svg onload=x>", "not what its name says"),
            ("plan.docx", archive("a.txt"), "not what its name says"),
            ("plan.docx", b"PK\x03\x04broken", "not what its name says"),
            ("plan.xlsx", DOCX, "not what its name says"),
            ("plan.docx", archive("[Content_Types].xml", "word/vbaProject.bin"), "It holds macros"),
            ("empty.txt", b"", "It is empty"),
        ],
    )  # fmt: skip
    def test_what_is_refused_is_told_why(
        self, name: str, content: bytes, reason: str, rep: User, account: Account
    ) -> None:
        status, page = send(rep, account, (name, content))
        assert status == 422
        assert reason in page
        assert not File.objects.exists()
        assert not Activity.objects.exists()

    def test_a_file_may_have_25_mb_and_no_more(self, rep: User, account: Account, settings: object) -> None:
        settings.FILE_MAX_BYTES = 1000  # type: ignore[attr-defined]
        assert send(rep, account, ("a.txt", b"x" * 1000))[0] == 302
        status, page = send(rep, account, ("a.txt", b"x" * 1001))
        assert status == 422
        assert "larger than" in page

    def test_of_several_the_good_ones_stay(self, rep: User, account: Account) -> None:
        assert send(rep, account, ("a.txt", b"one"), ("b.exe", EXE), ("c.txt", b"two"))[0] == 302
        assert set(File.objects.values_list("name", flat=True)) == {"a.txt", "c.txt"}

    def test_a_form_without_files_says_so(self, rep: User, account: Account) -> None:
        assert "Choose at least one file" in send(rep, account)[1]

    def test_a_strange_name_is_kept_as_it_is_and_inert(self, rep: User, account: Account) -> None:
        name = "<img src=x onerror=alert(1)> مرحبا 🦄.txt"
        assert send(rep, account, ("\u202e" + name, b"x"))[0] == 302
        assert File.objects.get().name == name, "without what turns the direction of its letters"
        page = signed_in(rep).get(reverse("record", args=[account.pk])).content.decode()
        assert "<img src=x" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page
        send(rep, account, ("x" * 300 + ".txt", b"x"))
        assert File.objects.filter(name__endswith="x.txt", name__startswith="xxx").exists()


class TestHandingOut:
    def test_it_is_saved_and_can_do_nothing(self, rep: User, account: Account) -> None:
        file = make.make_file(account, author=rep, name="Grüße.txt", content=b"Hello")
        answer = signed_in(rep).get(reverse("activities:file", args=[file.pk]))
        assert b"".join(answer) == b"Hello"
        assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert answer["Cache-Control"] == "private, no-store"

    def test_only_an_image_is_shown_in_place(self, rep: User, account: Account) -> None:
        image = make.make_file(account, author=rep, name="a.png", content=PNG)
        paper = make.make_file(account, author=rep, name="a.pdf", content=PDF)
        client = signed_in(rep)
        shown = client.get(reverse("activities:file", args=[image.pk]), {"show": ""})
        assert shown["Content-Disposition"].startswith("inline")
        assert shown["Content-Security-Policy"].startswith("sandbox")
        saved = client.get(reverse("activities:file", args=[paper.pk]), {"show": ""})
        assert saved["Content-Disposition"].startswith("attachment")

    def test_another_teams_file_is_not_there(self, rep: User, account: Account) -> None:
        file = make.make_file(account, author=rep)
        outsider = make.make_user("Otto", team=make.make_team("South"))
        assert signed_in(outsider).get(reverse("activities:file", args=[file.pk])).status_code == 404
        page = signed_in(outsider).get(reverse("record", args=[account.pk])).content.decode()
        assert "offer.txt" not in page

    def test_a_file_that_is_lost_or_in_the_bin_is_not_there(self, rep: User, account: Account) -> None:
        lost, binned = (make.make_file(account, author=rep) for _ in range(2))
        lost.content.storage.delete(str(lost.content.name))
        File.objects.filter(pk=binned.pk).update(deleted_at=binned.created_at)
        for file in (lost, binned):
            assert signed_in(rep).get(reverse("activities:file", args=[file.pk])).status_code == 404

    def test_it_costs_little(
        self, rep: User, account: Account, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        file, client = make.make_file(account, author=rep), signed_in(rep)
        with django_assert_max_num_queries(4):
            client.get(reverse("activities:file", args=[file.pk]))
