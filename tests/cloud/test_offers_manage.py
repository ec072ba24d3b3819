"""The manager's page of campaigns: what stopped by itself is seen at once, with the figure."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cloud.offers.campaigns import CouponTerms, Standing
from cloud.store import audit_log, campaigns
from cloud.store.audit_log import Act
from tests.cloud.offered import TEA, campaign
from tests.cloud.served import Served
from tests.cloud.stocked import serving


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Served, str]]:
    with serving(tmp_path) as (site, password):
        now_ms = site.shop.clock.now_ms
        with site.shop.store.atomic() as connection:
            campaigns.add(connection, campaign("kind", gtins=(TEA,), coupon=CouponTerms(won=500)), now_ms)
            campaigns.add(connection, campaign("rude", gtins=(TEA,), words="rude <b>"), now_ms)
            connection.execute("UPDATE campaign_heads SET shown = 3 WHERE id = 'kind'")
            connection.execute("UPDATE campaign_heads SET shown = 200, harm_shown = 200, harm_not_now = 20")
            connection.execute("UPDATE campaign_heads SET shown = 3, harm_shown = 3 WHERE id = 'kind'")
            campaigns.set_standing(
                connection, "rude", Standing.HARMED, words="100 of 1,000 did not want it", now_ms=now_ms
            )
        yield site, password


def signed_in(site: Served, password: str) -> httpx.Client:
    with site.client() as stranger:
        form = {"account": "manager", "password": password}
        answer = stranger.post("/manage/login", data=form)
        assert answer.status_code == 303
    return site.client(answer.headers["set-cookie"].partition(";")[0])


def test_what_stopped_by_itself_stands_first_with_its_figure(site: tuple[Served, str]) -> None:
    with signed_in(*site) as manager:
        page = manager.get("/manage/offers?lang=en").text
        korean = manager.get("/manage/offers?lang=ko").text

    assert page.index("Stopped by itself") < page.index("Running")
    assert "100 of 1,000 did not want it" in page
    assert "rude &lt;b&gt; less" in page
    assert "shown to fewer than 5" in page  # the other was shown to three: no figure about so few
    assert "스스로 멈춤" in korean


def test_a_manager_pauses_and_resumes_and_the_log_says_who_and_nobody_else_does(site: tuple[Served, str]) -> None:
    served, _ = site
    with signed_in(*site) as manager:
        for act, standing in (("resume", Standing.RUNNING), ("pause", Standing.PAUSED)):
            assert manager.post(f"/manage/campaigns/rude/{act}", data={"lang": "en"}).status_code == 303
            with served.shop.store.reading() as connection:
                head = campaigns.head(connection, "rude")
            assert head is not None
            assert head.standing is standing
        assert manager.post("/manage/campaigns/rude/pause").status_code == 303  # it rests already
        assert manager.post("/manage/campaigns/none/pause").status_code == 404
    with served.shop.store.reading() as connection:
        told = [(line.who, line.act, line.subject) for line in audit_log.lines(connection, before=None, most=9)]
    assert told == [("manager", Act.CAMPAIGN_PAUSED, "rude"), ("manager", Act.CAMPAIGN_RESUMED, "rude")]
    with served.client() as nobody:
        assert nobody.post("/manage/campaigns/kind/pause").status_code == 401
        assert nobody.get("/manage/offers").status_code == 303
