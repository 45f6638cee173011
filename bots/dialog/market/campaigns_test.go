package market_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/dialog"
	"kartka/bots/dialog/talk"
	"kartka/bots/dialog/talk/talktest"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/engine/segment"
	"kartka/locales"
)

// openShop is a shop whose campaigns have no bounds.
func openShop(t *testing.T) *chat {
	t.Helper()
	c := newChat(t, locales.EN)
	c.settings(func(s *rules.Settings) { s.Campaigns = &rules.Campaigns{WindowDays: 7} })
	return c
}

func TestCampaignsAreForWhoeverSpeaksToMany(t *testing.T) {
	c := openShop(t)
	running := c.starts(c.drafted("Spring", plan()), time.Time{})
	c.runs()
	for role, may := range map[engine.Role]bool{engine.RoleCashier: false, engine.RoleManager: true, engine.RoleOwner: true, engine.RoleMarketer: true} {
		c.user, c.session = "staff "+string(role), talk.Session{}
		c.hire(c.user, role)
		for _, command := range []string{"campaigns", "report"} {
			c.command(command)
			if shown := strings.Contains(c.shows(), "Spring"); shown != may {
				t.Errorf("/%s of a %s: %s", command, role, c.shows())
			}
		}
		for _, id := range []string{"camp|", "c.look|", "c.see|", "c.yes|", "c.draft|", "c.now|", "c.stop|", "c.stopped|", "c.budget|", "c.report|", "c.copy|", "c.again|", "c.resent|"} {
			c.session = talk.Session{}
			c.pressID("v1|market|" + id + running.ID)
			if refused := c.toast() == c.T("error.not_allowed"); refused == may {
				t.Errorf("a %s presses %s: %s", role, id, c.shows())
			}
		}
	}
	if is := c.now(running.ID); is.State != engine.CampaignRunning || len(c.campaigns()) != 1 {
		t.Errorf("after all that: %+v of %d", is, len(c.campaigns()))
	}
}

func TestACampaignIsPausedAndGoesOn(t *testing.T) {
	c := openShop(t)
	c.crowd(5)
	run := c.starts(c.drafted("Spring", plan()), time.Time{})
	c.runs()
	c.delivers(run.ID, 2, engine.OutboundSent, "")
	c.pressID("v1|market|camp|" + run.ID)
	c.press("c.pause")
	if is := c.now(run.ID); is.State != engine.CampaignPaused || is.Why != engine.WhyStaff {
		t.Fatalf("paused: %+v", is)
	}
	c.mustShow(c.T("campaigns.why.staff"), "Sent: 2 of 7")
	c.pressID("v1|market|c.pause|" + run.ID)
	c.mustShow(c.T("error.campaign_not_running"), "[▶ Continue]")
	c.press("c.go")
	c.mustShow(c.T("campaigns.resumed.toast"))
	if is := c.now(run.ID); is.State != engine.CampaignRunning {
		t.Fatalf("goes on: %+v", is)
	}
	c.delivers(run.ID, 5, engine.OutboundSent, "")
	c.runs()
	c.pressID("v1|market|camp|" + run.ID)
	c.mustShow("Sent: 7 of 7", "finished")
}

func TestCancellingIsAskedAndDoneOnce(t *testing.T) {
	c := openShop(t)
	c.crowd(3)
	run := c.starts(c.drafted("Spring", plan()), time.Time{})
	c.runs()
	c.delivers(run.ID, 1, engine.OutboundSent, "")
	c.pressID("v1|market|c.stopped|" + run.ID + "|forged")
	if c.now(run.ID).State != engine.CampaignRunning {
		t.Fatal("a forged button cancels")
	}
	c.press("c.stop")
	c.mustShow("Will get nothing: 4")
	confirm := c.find("c.stopped")
	c.press("c.stopped")
	c.mustShow(c.T("campaigns.stopped.toast"), "cancelled", "Sent: 1 of 5", "Not delivered: 4")
	c.again(confirm) // as after a crash
	c.mustShow(c.T("error.campaign_over"), "cancelled")
	c.pressID(confirm)
	c.mustShow(c.T("owner.stale.toast"))
	c.asks("report", "")
	c.mustShow("was cancelled before that: 4")
}

func TestASecondPersonApproves(t *testing.T) {
	c := openShop(t)
	c.settings(func(s *rules.Settings) { s.Campaigns.ApproveAbove = 1 })
	c.hire("owner", engine.RoleOwner)
	c.hire("other", engine.RoleMarketer)
	wait := c.starts(c.drafted("Spring", plan()), c.clock.Add(time.Hour))
	for _, user := range []string{"marketer", "other"} { // neither manages
		c.user = user
		c.pressID("v1|market|camp|" + wait.ID)
		c.mustNotShow("[✅ Approve]")
		c.pressID(fmt.Sprintf("v1|market|c.yes|%s.%d", wait.ID, wait.Version))
		c.mustShow(c.T("error.not_allowed"))
	}
	c.user = "owner"
	asked := c.notices(engine.NoticeCampaignApprove)
	if len(asked) != 1 {
		t.Fatalf("%d questions", len(asked))
	}
	c.hears(asked[0])
	c.mustShow("Hi Олена!", "2 guests get it", "Starts 2 March at 12:30")
	yes := c.find("c.yes")
	c.pressID(strings.TrimSuffix(yes, fmt.Sprint(wait.Version)) + "1") // an older version was shown
	c.mustShow(c.T("error.changed_meanwhile"))
	if c.now(wait.ID).State != engine.CampaignWaiting {
		t.Fatal("approved what was not seen")
	}
	c.pressID(yes)
	c.mustShow(c.T("campaigns.approved.toast"), "scheduled")
	if is := c.now(wait.ID); is.State != engine.CampaignScheduled || is.ApprovedBy != c.personOf("owner").Staff.ID {
		t.Fatalf("approved: %+v", is)
	}
	if c.hears(asked[0]) != nil {
		t.Errorf("asked once more: %s", c.shows())
	}
	c.pressID(yes)
	c.mustShow(c.T("error.changed_meanwhile"))
	c.user = "marketer"
	c.hears(c.notices(engine.NoticeCampaignAnswer)[0])
	c.mustShow("Олена approved “Spring”.", "Starts 2 March at 12:30")
	c.press("camp")
	c.press("c.draft")
	c.mustShow(c.T("campaigns.drafted"))
	if is := c.now(wait.ID); is.State != engine.CampaignDraft || is.ApprovedBy != "" || !is.Start.IsZero() {
		t.Errorf("taken back: %+v", is)
	}
}

// What is late is sent at once, or not, but never by itself.
func TestALateStartIsDecided(t *testing.T) {
	c := openShop(t)
	late := c.starts(c.drafted("Late", plan()), c.clock.Add(time.Hour))
	c.clock = c.clock.Add(3 * time.Hour)
	c.runs()
	n := c.notices(engine.NoticeCampaignOverdue)[0]
	c.hears(n)
	c.press("c.now")
	c.mustShow(c.T("campaigns.now.toast"), "Starts at any moment")
	if c.hears(n) != nil {
		t.Errorf("asked of what is decided: %s", c.shows())
	}
	c.runs()
	if is := c.now(late.ID); is.State != engine.CampaignRunning {
		t.Errorf("started: %+v", is)
	}

	gone := c.saves("Core", "tag = vip")
	p := plan()
	p.Audience = segment.Cond{Fact: "in", Of: gone.ID}
	lost := c.starts(c.drafted("Lost", p), c.clock.Add(time.Hour))
	c.clock = c.clock.Add(3 * time.Hour)
	c.runs()
	if err := c.engine.DeleteSegment(t.Context(), c.program.ID, "", gone.ID); err != nil {
		t.Fatal(err)
	}
	c.pressID("v1|market|camp|" + lost.ID)
	c.press("c.now")
	c.mustShow("❗", "late: confirm the start") // what is wrong with it, and nothing sent
}

func TestTheBudgetIsRaised(t *testing.T) {
	c := openShop(t)
	c.crowd(6)
	p := plan()
	p.Gift, p.Budget = &campaign.Gift{Kind: campaign.GiftPoints, Points: 50}, 3
	run := c.starts(c.drafted("Gifts", p), time.Time{})
	c.runs()
	c.delivers(run.ID, 3, engine.OutboundSent, "")
	c.runs()
	if is := c.now(run.ID); is.State != engine.CampaignPaused || is.Why != engine.WhyBudget {
		t.Fatalf("spent: %+v", is)
	}
	c.hears(c.notices(engine.NoticeCampaignRests)[0])
	c.press("c.budget")
	for _, wrong := range []string{"", "many", "-5", "1.5", "3", "2", "1 00", "99999999999999999999"} {
		c.types(wrong)
		c.mustShow("❗", "Given by now: 3")
		if c.now(run.ID).Plan.Budget != 3 {
			t.Fatalf("%q is taken for a number", wrong)
		}
	}
	c.do(bots.Event{Kind: bots.EventContact, Contact: &bots.Contact{Phone: "+380671234567"}})
	c.mustShow(c.T("owner.no_contact"), "Given by now: 3")
	c.types("1,000")
	if is := c.now(run.ID); is.State != engine.CampaignRunning || is.Plan.Budget != 1000 {
		t.Errorf("raised: %+v", is)
	}
	c.mustShow(c.T("campaigns.budget.done"))
	c.pressID("v1|market|c.budget|" + run.ID)
	c.types("0")
	if is := c.now(run.ID); is.Plan.Budget != 0 {
		t.Errorf("without a bound: %+v", is)
	}
}

func TestWhatIsUnknownIsSentAgainKnowingly(t *testing.T) {
	c := openShop(t)
	run := c.starts(c.drafted("Spring", plan()), time.Time{})
	c.runs()
	c.delivers(run.ID, 2, engine.OutboundUnknown, "answer lost")
	c.runs()
	c.pressID("v1|market|camp|" + run.ID)
	c.press("c.again")
	c.mustShow("2 guests", "twice")
	confirm := c.find("c.resent")
	c.press("c.resent")
	c.mustShow(c.T("campaigns.resent.toast"), "Sent: 0 of 2")
	c.again(confirm)
	c.mustShow(c.T("error.campaign_nothing_unknown"))
	c.delivers(run.ID, 2, engine.OutboundSent, "")
	c.runs()
	c.pressID("v1|market|c.again|" + run.ID)
	c.mustShow(c.T("error.campaign_nothing_unknown"), "Sent: 2 of 2")
}

func TestACopyIsMadeOnce(t *testing.T) {
	c := openShop(t)
	run := c.starts(c.drafted("Spring", plan()), time.Time{})
	c.runs()
	c.pressID("v1|market|camp|" + run.ID)
	c.press("c.stop")
	c.press("c.stopped")
	copied := c.find("c.copy")
	c.press("c.copy")
	c.again(copied)
	c.mustShow(c.T("campaigns.copied"))
	all := c.campaigns()
	if len(all) != 2 || all[0].State != engine.CampaignDraft || all[0].Name != "Spring" || all[0].Sizes.To != 0 || len(all[0].Plan.Variants) != 1 ||
		all[0].By != c.personOf("marketer").Staff.ID {
		t.Fatalf("copies: %+v", all)
	}
	c.pressID(copied) // of a screen that is gone
	c.mustShow(c.T("owner.stale.toast"))
	if len(c.campaigns()) != 2 {
		t.Error("an old button copies")
	}
}

func TestACampaignThatIsGone(t *testing.T) {
	c := openShop(t)
	gone := c.drafted("Gone", plan())
	if err := c.engine.DeleteBroadcast(t.Context(), c.program.ID, gone.ID, ""); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"camp", "c.look", "c.see", "c.yes", "c.no", "c.draft", "c.now", "c.pause", "c.go", "c.stop", "c.stopped", "c.budget", "c.report", "c.copy", "c.again", "c.resent"} {
		for _, arg := range []string{gone.ID, gone.ID + ".1", "", "nonsense", "nonsense.x"} {
			c.session = talk.Session{}
			c.pressID(strings.TrimRight("v1|market|"+id+"|"+arg, "|"))
			c.mustShow(c.T("error.campaign_not_found"), c.T("campaigns.none"))
		}
	}
	if c.hears(engine.Notice{Kind: engine.NoticeCampaignDone, Args: map[string]any{"campaign": gone.ID}}) != nil {
		t.Errorf("told of what is gone: %s", c.shows())
	}
}

func TestReportsAreFound(t *testing.T) {
	c := openShop(t)
	var last engine.Campaign
	for _, name := range []string{"Spring sale", "Summer sale", "7"} {
		last = c.starts(c.drafted(name, plan()), time.Time{})
		c.runs()
	}
	c.drafted("Autumn", plan())
	for wanted, name := range map[string]string{"": last.Name, "SUMMER": "Summer sale", "spring  sale": "Spring sale", "4": "Spring sale", "3": "Summer sale", "7": "7"} {
		c.asks("report", wanted)
		c.mustShow("📊 "+name+"\n", "Purchases within 7 days")
	}
	c.asks("report", "sale")
	c.mustShow(c.T("campaigns.report.which")[:4], "[📤 Summer sale]", "[📤 Spring sale]")
	c.press("c.report")
	c.mustShow("📊 Summer sale")
	c.asks("report", "autumn")
	c.mustShow(c.T("campaigns.report.not_begun"))
	for _, unknown := range []string{"0", "99", "winter", "<b>", strings.Repeat("x", 300)} {
		c.asks("report", unknown)
		c.mustShow("There is no campaign")
	}
}

// Progress is one message: begun anew, brought up to date where it is, and in the end sent once more below everything as what stays.
func TestProgressIsOneMessage(t *testing.T) {
	c := openShop(t)
	c.crowd(8)
	run := c.starts(c.drafted("Spring", plan()), time.Time{})
	c.runs()
	slot := "campaign." + run.ID
	first := c.hears(c.notices(engine.NoticeCampaignProgress)[0])
	if len(first) != 1 || first[0].Slot != slot || first[0].OnlyIfShown || first[0].Fresh || first[0].Silent || first[0].Purpose != bots.PurposeService {
		t.Fatalf("begins as %+v", first)
	}
	c.clock = c.clock.Add(20 * time.Second)
	c.delivers(run.ID, 4, engine.OutboundSent, "")
	c.runs()
	c.runs() // within the same five seconds
	next := c.notices(engine.NoticeCampaignProgress)
	if len(next) != 1 {
		t.Fatalf("%d notices of one moment", len(next))
	}
	shown := c.hears(next[0])
	if len(shown) != 1 || shown[0].Slot != slot || !shown[0].OnlyIfShown || !shown[0].Silent {
		t.Fatalf("goes on as %+v", shown)
	}
	c.mustShow("▓▓▓▓░░░░░░ 40%", "Sent: 4 of 10", "12 messages a minute", "Less than a minute left")

	c.pressBelow(slot, c.find("c.pause")) // the message itself says so, and no screen comes
	if len(c.said) != 1 || c.said[0].Slot != slot || !c.said[0].OnlyIfShown || c.toast() != c.T("campaigns.paused.toast") {
		t.Fatalf("paused as %+v", c.said)
	}
	c.mustShow("paused", "[▶ Continue]")
	c.hears(next[0]) // what was on its way says the same
	c.mustShow("paused")
	c.pressBelow(slot, c.find("c.go"))
	c.mustShow("being sent")

	c.delivers(run.ID, 6, engine.OutboundSent, "")
	c.runs()
	done := c.hears(c.notices(engine.NoticeCampaignDone)[0])
	if len(done) != 1 || done[0].Slot != slot || !done[0].Fresh || !done[0].Last || done[0].OnlyIfShown {
		t.Fatalf("ends as %+v", done)
	}
	c.mustShow("Sent: 10 of 10", "finished")
	if c.hears(next[0]) != nil { // and what comes late is not told
		t.Errorf("after the end: %s", c.shows())
	}
}

// What shows how far a campaign is ends when somebody cancels it from elsewhere.
func TestProgressEndsWithACancelledCampaign(t *testing.T) {
	c := openShop(t)
	run := c.starts(c.drafted("Spring", plan()), time.Time{})
	c.runs()
	c.pressID("v1|market|c.stop|" + run.ID)
	c.press("c.stopped")
	i := slices.IndexFunc(c.said, func(m bots.Message) bool { return m.Slot == "campaign."+run.ID })
	if i < 0 || !c.said[i].OnlyIfShown || !c.said[i].Last {
		t.Errorf("said %+v", c.said)
	}
}

// What somebody else does to a campaign is seen on its author's message.
func TestProgressShowsWhatOthersDo(t *testing.T) {
	c := openShop(t)
	c.hire("owner", engine.RoleOwner)
	run := c.starts(c.drafted("Spring", plan()), time.Time{})
	c.runs()
	sees := func(user, id string, want string) bots.Message {
		t.Helper()
		c.user = "marketer"
		c.notices(engine.NoticeCampaignProgress) // of before
		c.user = user
		c.pressID("v1|market|" + id + "|" + run.ID)
		if id == "c.stop" {
			c.press("c.stopped")
		}
		c.user = "marketer"
		told := c.notices(engine.NoticeCampaignProgress)
		if want == "" {
			if len(told) != 0 {
				t.Errorf("told of the own %s", id)
			}
			return bots.Message{}
		}
		if len(told) != 1 {
			t.Fatalf("%d notices of %s", len(told), id)
		}
		said := c.hears(told[0])
		c.mustShow(want)
		if len(said) != 1 || said[0].Slot != "campaign."+run.ID || !said[0].OnlyIfShown {
			t.Errorf("of %s: %+v", id, said)
		}
		return said[0]
	}
	sees("owner", "c.pause", "paused")
	sees("marketer", "c.go", "")
	sees("marketer", "c.pause", "")
	sees("owner", "c.go", "being sent")
	if last := sees("owner", "c.stop", "cancelled"); !last.Last {
		t.Errorf("ends as %+v", last)
	}
}

// Whoever wrote it and is staff no more is told nothing of it.
func TestNoticesAreForStaff(t *testing.T) {
	c := openShop(t)
	run := c.starts(c.drafted("Spring", plan()), time.Time{})
	c.runs()
	n := c.notices(engine.NoticeCampaignProgress)[0]
	if err := c.engine.Complete(t.Context(), c.program.ID, &n); err != nil {
		t.Fatal(err)
	}
	c.user = "Оксана"
	for _, kind := range []engine.NoticeKind{engine.NoticeCampaignApprove, engine.NoticeCampaignAnswer, engine.NoticeCampaignOverdue, engine.NoticeCampaignProgress,
		engine.NoticeCampaignRests, engine.NoticeCampaignDone} {
		n.Kind = kind
		if said := dialog.Notice(c.view(bots.Event{}), n); len(said) > 0 {
			t.Errorf("a guest hears %s of %s: %s", kind, run.ID, talktest.Render(said[0]))
		}
	}
}

// Every notice about campaigns that the engine has is put into words, in every language.
func TestEveryCampaignNoticeHasWords(t *testing.T) {
	code, err := os.ReadFile(filepath.Join("..", "..", "..", "engine", "message.go"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := regexp.MustCompile(`NoticeKind = "(campaign_\w+)"`).FindAllSubmatch(code, -1)
	if len(kinds) < 6 {
		t.Fatalf("found only %d kinds", len(kinds))
	}
	states := map[engine.NoticeKind]engine.CampaignState{
		engine.NoticeCampaignApprove: engine.CampaignWaiting, engine.NoticeCampaignAnswer: engine.CampaignScheduled, engine.NoticeCampaignOverdue: engine.CampaignOverdue,
		engine.NoticeCampaignProgress: engine.CampaignRunning, engine.NoticeCampaignRests: engine.CampaignPaused, engine.NoticeCampaignDone: engine.CampaignDone,
	}
	c := openShop(t)
	made := c.drafted("Spring", plan())
	for _, c.language = range locales.Languages() {
		for _, found := range kinds {
			kind := engine.NoticeKind(found[1])
			for _, why := range []string{engine.WhyStaff, engine.WhyBudget, engine.WhyMoved, engine.WhyBroken} {
				for _, args := range []map[string]any{{}, {"by": "gone", "yes": true, "first": true}, {"name": "Олена", "yes": false}} {
					is := made
					is.State, is.Why, is.Start = states[kind], why, c.clock
					c.said = dialog.Notice(c.view(bots.Event{}), engine.Notice{Kind: kind, Args: args, Campaign: &engine.CampaignProgress{Campaign: is, To: 1000, Sent: 7, Failed: 1, Unknown: 1, Waiting: 991}})
					c.check() // silence, dead ends and what does not fit
					if last := c.said[len(c.said)-1]; last.Text == "" || last.Purpose != bots.PurposeService || strings.Contains(string(last.Text), "[") {
						t.Errorf("%s: %s (%s) says %+v", c.language, kind, why, last)
					}
				}
			}
		}
	}
}
