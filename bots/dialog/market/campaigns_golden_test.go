package market_test

import (
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

// TestCampaignScreens walks through what becomes of campaigns, in every language, and compares what is shown with testdata.
func TestCampaignScreens(t *testing.T) { golden(t, "campaigns.", campaignScenes) }

func campaignScenes(c *chat, scene func(string)) {
	c.settings(func(s *rules.Settings) { s.Campaigns = &rules.Campaigns{WindowDays: 7} })
	c.command("campaigns")
	scene("no campaigns yet")
	c.command("report")
	scene("nothing to report")
	members := c.crowd(78)

	two := plan()
	two.Holdout = 4500
	second := two.Variants[0]
	second.Texts = map[string]string{"uk": "Кава -50 %, {name|друже}", "en": "Coffee −50 %, {name|friend}"}
	two.Variants = append(two.Variants, second)
	spring := c.starts(c.drafted("Весна", two), time.Time{})
	c.pressID("v1|market|camp|" + spring.ID)
	scene("about to start")
	c.runs()
	c.hears(c.notices(engine.NoticeCampaignProgress)[0])
	scene("notice: it begins")
	to := c.now(spring.ID).Sizes.To
	c.clock = c.clock.Add(30 * time.Second)
	c.delivers(spring.ID, 5, engine.OutboundSent, "")
	c.pressID("v1|market|camp|" + spring.ID)
	scene("running")
	c.press("c.look")
	scene("refreshed")
	c.command("campaigns")
	scene("a running one in the list")
	c.pressID("v1|market|c.pause|" + spring.ID)
	scene("paused")
	c.press("c.stop")
	scene("cancel?")
	c.pressID("v1|market|c.go|" + spring.ID)
	scene("goes on")
	c.delivers(spring.ID, 2, engine.OutboundUnknown, "answer lost")
	c.delivers(spring.ID, 1, engine.OutboundFailed, "blocked")
	c.delivers(spring.ID, 1, engine.OutboundDropped, engine.ReasonCapped)
	c.delivers(spring.ID, to-9, engine.OutboundSent, "")
	c.runs()
	c.hears(c.notices(engine.NoticeCampaignDone)[0])
	scene("notice: it is done")
	var got []string
	for _, m := range members {
		if d, err := c.engine.Store().DeliveryOf(c.t.Context(), c.program.ID, spring.ID, m); err == nil && d.State == engine.OutboundSent {
			got = append(got, m)
		}
	}
	for i, m := range got[:12] {
		c.presses(spring.ID, m, i%3)
	}
	c.asks("report", "")
	scene("a report with no purchases yet")
	c.clock = c.clock.Add(time.Hour)
	for _, m := range got {
		c.buys(m)
		c.buys(m)
	}
	c.asks("report", "1")
	scene("a report that still counts")
	c.days(8)
	c.asks("report", "весна")
	scene("a report")
	c.press("camp|" + spring.ID)
	scene("done")
	c.press("c.again")
	scene("send again?")
	c.pressID("v1|market|camp|" + spring.ID)
	c.press("c.copy")
	scene("copied")

	summer := c.starts(c.drafted("Літо", plan()), c.clock.Add(26*time.Hour))
	c.pressID("v1|market|camp|" + summer.ID)
	scene("scheduled")
	c.press("c.see")
	scene("the message")
	c.press("c.see|" + summer.ID + ".kk")
	scene("the message in another language")
	c.press("c.stop")
	scene("cancel what has not begun?")
	c.press("c.stopped")
	scene("cancelled")
	zoned := plan()
	zoned.Zoned = true
	c.pressID("v1|market|camp|" + c.starts(c.drafted("Ранок", zoned), c.clock.Add(26*time.Hour)).ID)
	scene("scheduled by each guest's clock")
	c.press("c.draft")
	scene("a draft again")

	late := c.starts(c.drafted("Запізно", plan()), c.clock.Add(time.Hour))
	c.clock = c.clock.Add(3 * time.Hour)
	c.runs()
	c.pressID("v1|market|camp|" + late.ID)
	scene("overdue")
	c.hears(c.notices(engine.NoticeCampaignOverdue)[0])
	scene("notice: overdue")

	gifts := plan()
	gifts.Gift, gifts.Budget = &campaign.Gift{Kind: campaign.GiftPoints, Points: 50}, 10
	gift := c.starts(c.drafted("Подарунки", gifts), time.Time{})
	c.runs()
	c.delivers(gift.ID, 10, engine.OutboundSent, "")
	c.runs()
	c.hears(c.notices(engine.NoticeCampaignRests)[0])
	scene("notice: the gifts are given")
	c.pressID("v1|market|camp|" + gift.ID)
	c.press("c.budget")
	scene("how many gifts?")
	c.types("забагато")
	scene("no number")
	c.types("10")
	scene("too few")
	c.types("2 000")
	scene("more gifts")
	c.asks("report", "Подарунки")
	scene("a report with gifts left")

	gone := c.saves("Ядро", "tag = vip")
	broken := plan()
	broken.Audience = segment.Cond{Fact: "in", Of: gone.ID}
	lost := c.starts(c.drafted("Зникле", broken), c.clock.Add(time.Hour))
	if err := c.engine.DeleteSegment(c.t.Context(), c.program.ID, "", gone.ID); err != nil {
		c.t.Fatal(err)
	}
	c.clock = c.clock.Add(time.Hour)
	c.runs()
	c.pressID("v1|market|camp|" + lost.ID)
	scene("what it needs is gone")

	c.settings(func(s *rules.Settings) { s.Campaigns.ApproveAbove = 10 })
	c.hire("owner", engine.RoleOwner)
	asked := c.starts(c.drafted("На всіх", gifts), time.Time{})
	c.pressID("v1|market|camp|" + asked.ID)
	scene("waits for a second person")
	c.user = "owner"
	c.hears(c.notices(engine.NoticeCampaignApprove)[0])
	scene("notice: a second person is asked")
	c.pressID("v1|market|camp|" + asked.ID)
	scene("asked of the second person")
	c.press("c.yes")
	scene("approved")
	c.user = "marketer"
	c.hears(c.notices(engine.NoticeCampaignAnswer)[0])
	scene("notice: approved")
	again := c.starts(c.drafted("Ще раз", plan()), time.Time{})
	c.user = "owner"
	c.pressID("v1|market|camp|" + again.ID)
	c.press("c.no")
	scene("sent back")
	c.user = "marketer"
	c.hears(c.notices(engine.NoticeCampaignAnswer)[0])
	scene("notice: sent back")
	c.command("campaigns")
	scene("campaigns")
	c.press("camps|1")
	scene("older campaigns")
	c.asks("report", "а")
	scene("which one?")
	c.asks("report", "Осінь")
	scene("a report of nothing")
	better(c, members, scene)
}

// better sends two variants, of which guests press one and buy after the other.
func better(c *chat, members []string, scene func(string)) {
	c.settings(func(s *rules.Settings) { s.Campaigns = &rules.Campaigns{WindowDays: 7} })
	many := plan()
	short := many.Variants[0]
	short.Texts = map[string]string{"uk": "Кава чекає", "en": "Coffee is waiting"}
	many.Variants = append(many.Variants, short)
	sent := c.starts(c.drafted("Дві чашки", many), time.Time{})
	c.runs()
	to := c.now(sent.ID).Sizes.To
	c.delivers(sent.ID, to, engine.OutboundSent, "")
	c.runs()
	c.clock = c.clock.Add(time.Hour)
	for i, m := range members {
		d, err := c.engine.Store().DeliveryOf(c.t.Context(), c.program.ID, sent.ID, m)
		if err != nil {
			continue
		}
		if d.Variant == 1 && i%2 == 0 {
			c.presses(sent.ID, m, 0)
		}
		for range i%3 - d.Variant {
			c.buys(m)
		}
	}
	c.days(8)
	c.asks("report", "Дві чашки")
	scene("a report in which one variant is better")
}
