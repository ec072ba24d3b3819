"""What each figure on the manager's pages means: how it is counted, from what, and what it cannot tell."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The same in both languages of the pages."""

    ko: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One figure. `counted` is its formula in words, `source` where it comes from, `caveat` what it cannot tell."""

    key: str
    name: Text
    counted: Text
    source: Text
    caveat: Text


GLOSSARY = (
    Entry(
        key="entered",
        name=Text(ko="들어온 사람", en="Entered"),
        counted=Text(
            ko="출입선을 바깥에서 안으로 건넌 횟수의 합입니다.",
            en="How often a door's line was crossed from outside to inside, over all doors.",
        ),
        source=Text(ko="문을 보는 카메라", en="The cameras that see the doors"),
        caveat=Text(
            ko="같은 사람이 두 번 들어오면 둘로 셉니다. 직원도 들어 있습니다.",
            en="Somebody who comes in twice counts twice. Staff are included.",
        ),
    ),
    Entry(
        key="inside",
        name=Text(ko="지금 매장 안", en="Inside now"),
        counted=Text(
            ko="오늘 들어온 사람에서 나간 사람을 뺀 값입니다. 0 아래로는 내려가지 않습니다.",
            en="Entered minus left since midnight, minute by minute, never below nobody.",
        ),
        source=Text(ko="문을 보는 카메라", en="The cameras that see the doors"),
        caveat=Text(
            ko="놓친 한 번의 입장이나 퇴장은 매장이 다시 빌 때까지 남습니다.",
            en="One crossing that was missed stays in it until the store is empty again.",
        ),
    ),
    Entry(
        key="stay",
        name=Text(ko="머문 시간 (중앙값)", en="Median stay"),
        counted=Text(
            ko="진열대 앞에 머문 시간을 짧은 순서로 세웠을 때 가운데 값입니다.",
            en="The middle one of all stays at shelves when they stand in order of length.",
        ),
        source=Text(ko="구역을 보는 카메라의 머묾 기록", en="Stays told by the cameras that see the zones"),
        caveat=Text(
            ko="길이를 칸으로 나누어 세므로 오차는 한 칸의 너비까지입니다. 한 사람이 여러 번 머물 수 있습니다.",
            en="Counted in classes of length, so right to within one class. One person may stay several times.",
        ),
    ),
    Entry(
        key="total",
        name=Text(ko="모두 합한 시간", en="Time in all"),
        counted=Text(ko="이 구역에 머문 시간의 합입니다.", en="The sum of all stays in the zone."),
        source=Text(ko="구역을 보는 카메라의 머묾 기록", en="Stays told by the camera that sees the zone"),
        caveat=Text(
            ko="카메라가 보지 못한 동안의 시간은 들어 있지 않습니다. 측정률을 함께 보십시오.",
            en="Time while the camera did not see is not in it: read it with its coverage.",
        ),
    ),
    Entry(
        key="stops",
        name=Text(ko="멈춤률", en="Stop rate"),
        counted=Text(
            ko="5초 이상 머문 횟수 ÷ 구역에 들어온 횟수입니다.",
            en="Stays of five seconds or more ÷ all stays in the zone.",
        ),
        source=Text(ko="구역을 보는 카메라", en="The cameras that see the zones"),
        caveat=Text(
            ko="괄호 안은 95% 신뢰구간(윌슨)입니다. 적은 사람에 관한 비율일수록 넓습니다.",
            en="In brackets the 95 % interval (Wilson): the fewer the people, the wider.",
        ),
    ),
    Entry(
        key="taps",
        name=Text(ko="탭률", en="Tap rate"),
        counted=Text(
            ko="멈춤과 이어진 탭 ÷ 지나간 사람입니다. 탭 하나는 같은 구역에서 앞선 5분 안에 "
            "(시계 차이로 뒤의 1분까지) 시작된 멈춤 하나와 이어집니다.",
            en="Taps that belong to a stop ÷ people who passed. A tap takes one stop in its zone that began up to 5 "
            "minutes before it (or 1 minute after it, for clocks that differ).",
        ),
        source=Text(
            ko="리더의 탭, 서명된 휴대폰 탭, 구역의 멈춤", en="Taps at readers, signed phone taps, stops in the zone"
        ),
        caveat=Text(
            ko="구역과 분으로만 잇습니다. 누가 탭했는지와 누가 걸었는지는 절대 잇지 않습니다.",
            en="Joined by zone and minute alone: who tapped is never joined to who walked.",
        ),
    ),
    Entry(
        key="funnel",
        name=Text(ko="퍼널", en="Funnel"),
        counted=Text(
            ko="지나감 → 멈춤(5초 이상) → 탭 → 구매. 탭마다 멈춤 하나, 판매마다 탭 하나(45분 안)를 씁니다. "
            "그래서 아래로 넓어지지 않으며, 짝이 없는 것은 따로 적습니다.",
            en="Passed → stopped (5 s or more) → tapped → bought. Each tap uses up one stop, each sale one tap of the "
            "45 minutes before. So it cannot widen downwards; what finds no partner is told apart.",
        ),
        source=Text(ko="카메라, 리더, 서명된 휴대폰 탭, 계산대", en="Cameras, readers, signed phone taps, the till"),
        caveat=Text(
            ko="수염은 비율의 95% 신뢰구간입니다. 탭하지 않고 산 사람은 ‘구매’에 들어 있지 않습니다.",
            en="The whisker is the rate's 95 % interval. Who buys without a tap is not in ‘bought’.",
        ),
    ),
    Entry(
        key="coverage",
        name=Text(ko="측정률", en="Coverage"),
        counted=Text(
            ko="실제로 보인 시간 ÷ 보였어야 할 시간(첫 보고부터 지금까지)입니다.",
            en="Time really seen ÷ time that should have been, from the first report of the period to now.",
        ),
        source=Text(ko="구역마다 노드가 매분 알리는 값", en="What the nodes tell of each zone each minute"),
        caveat=Text(
            ko="90% 아래에서는 값 옆에 측정률을 적습니다. 빈 곳은 낮은 값이 아니라 빈 곳으로 보입니다.",
            en="Below 90 % it stands beside the figure. A gap is shown as a gap, never as a low number.",
        ),
    ),
    Entry(
        key="heat",
        name=Text(ko="머문 시간 지도", en="Heat map"),
        counted=Text(
            ko="한 칸(0.25 m)에서 사람들이 보낸 초의 합 ÷ 칸의 넓이입니다. 0.25 m 가우스로 다듬습니다.",
            en="Seconds that people spent in a cell of 0.25 m ÷ its area, smoothed with a Gaussian of 0.25 m.",
        ),
        source=Text(ko="카메라마다 매분 알리는 바닥 격자", en="The grid of floor that each camera tells each minute"),
        caveat=Text(
            ko="칸은 누가 있었는지 모릅니다. 그래서 카메라의 구역과 문에서 5명 미만이 보인 기간에는 그 카메라의 지도를 "
            "그리지 않습니다. 눈금은 저절로 내려가지 않습니다.",
            en="A cell does not know who was in it. So a camera is left out of the map while its zones and doors have "
            "counted fewer than five people in the period. The scale never falls by itself.",
        ),
    ),
    Entry(
        key="few",
        name=Text(ko="5명 미만", en="Fewer than five"),
        counted=Text(
            ko="한 명에서 네 명에 관한 값은 보이지 않습니다. "
            "합계에서 빼서 알아낼 수 있으면 다른 구역 하나도 함께 가립니다.",
            en="Figures about one to four people are not shown. Where subtraction would give one away, a second zone "
            "is withheld with it.",
        ),
        source=Text(ko="모든 기록된 값", en="Every figure that is kept"),
        caveat=Text(
            ko="도면의 점은 지금 이 순간이며 어디에도 남지 않습니다.",
            en="The dots on the plan are this very moment; they are kept nowhere.",
        ),
    ),
    Entry(
        key="books",
        name=Text(ko="기록의 합", en="The books"),
        counted=Text(
            ko="만들어짐 = 저장됨 + 격리됨 + 대기 + 버려짐 + 차이. 차이가 0이면 잃은 것이 없습니다.",
            en="Produced = stored + quarantined + pending + dropped + difference. A difference of 0: nothing is lost.",
        ),
        source=Text(ko="노드의 건강 보고와 클라우드의 저장소", en="The node's health report and the cloud's store"),
        caveat=Text(
            ko="건강 보고는 1분마다 오므로 대기는 최대 1분 전 값입니다.",
            en="Health comes each minute, so what is pending may be a minute old.",
        ),
    ),
)
"""In the order of the page; the documentation is made from it too."""
