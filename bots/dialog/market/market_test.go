package market_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kartka/bots"
	"kartka/bots/dialog/market"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/segment"
	"kartka/locales"
)

func TestSegmentsAreForWhoeverSpeaksToMany(t *testing.T) {
	c := newChat(t, locales.EN)
	for role, may := range map[engine.Role]bool{engine.RoleCashier: false, engine.RoleManager: true, engine.RoleOwner: true, engine.RoleMarketer: true} {
		c.user, c.session = "staff "+string(role), talk.Session{}
		c.hire(c.user, role)
		c.command("segments")
		if shown := strings.Contains(c.shows(), c.T("market.list.none")); shown != may {
			t.Errorf("/segments of a %s: %s", role, c.shows())
		}
		for _, id := range []string{"list", "ready", "seg|ready:vip", "write", "facts", "save|ready:vip", "keep|ready:vip", "with|ready:vip", "home"} {
			c.session = talk.Session{}
			c.pressID("v1|market|" + id)
			if refused := c.toast() == c.T("error.not_allowed"); refused == may {
				t.Errorf("a %s presses %s: %s", role, id, c.shows())
			}
		}
	}
	c.user, c.session = "Оксана", talk.Session{}
	c.pressID("v1|market|save|ready:vip")
	if c.toast() != c.T("error.not_staff") {
		t.Errorf("a guest presses a button of marketers: %s", c.shows())
	}
	if len(c.own()) != 0 {
		t.Errorf("segments out of nothing: %+v", c.own())
	}
}

// Somebody whose role is taken away amid a form cannot end it.
func TestARoleThatIsTakenAway(t *testing.T) {
	c := newChat(t, locales.EN)
	c.pressID("v1|market|save|ready:vip")
	name := c.find("name")
	if err := c.engine.DismissStaff(t.Context(), c.program.ID, "", c.personOf("marketer").Staff.ID); err != nil {
		t.Fatal(err)
	}
	c.pressID(name)
	c.types("Mine")
	if len(c.own()) != 0 {
		t.Errorf("saved by nobody: %+v", c.own())
	}
}

func TestWhatIsTypedBesideAListIsForTheCounter(t *testing.T) {
	c := newChat(t, locales.EN)
	c.hire("owner", engine.RoleOwner)
	c.user = "owner"
	s := c.saves("Core", "tag = vip")
	c.command("segments")
	for _, id := range []string{"ready", "seg|ready:vip", "seg|" + s.ID, "delete|" + s.ID} {
		c.pressID("v1|market|" + id)
		if c.session.Flow != "" {
			t.Errorf("%s keeps what is typed for itself: %+v", id, c.session)
		}
	}
}

func TestASegmentIsSavedOnce(t *testing.T) {
	c := newChat(t, locales.EN)
	c.pressID("v1|market|save|ready:vip")
	name := c.find("name")
	c.press("name")
	c.again(name)
	c.mustShow(c.T("market.saved"))
	if all := c.own(); len(all) != 1 || all[0].Name != "VIP" || all[0].By != c.personOf("marketer").Staff.ID || sentence(all[0].Expr) != `rfm in (555, 554, 545, 455)` {
		t.Fatalf("saved %+v", all)
	}
	c.pressID(name)
	if len(c.own()) != 1 || c.toast() != c.T("owner.stale.toast") {
		t.Errorf("an old button saved something: %s", c.shows())
	}
	c.pressID("v1|market|save|ready:vip") // its name is taken: there is no proposal
	c.mustNotShow("Or take this one")
	c.types(" VIP ")
	c.mustShow("There is a segment named “VIP” already")
	c.types("vip 2")
	if len(c.own()) != 2 {
		t.Errorf("segments %+v", c.own())
	}
}

func TestAFrozenSegmentStays(t *testing.T) {
	c := newChat(t, locales.EN)
	core := c.saves("Core", "tag = vip")
	c.pressID("v1|market|keep|" + core.ID)
	name := c.find("name")
	c.press("name")
	c.again(name)
	all := c.own()
	if len(all) != 2 || all[0].Frozen || !all[1].Frozen || all[1].Name != "Core, 2 March" || all[1].Size != 1 || sentence(all[1].Expr) != `tag = "vip"` {
		t.Fatalf("segments %+v", all)
	}
	frozen := all[1].ID
	member := c.personOf("Ерлан").Member.ID
	if _, err := c.engine.SetTags(t.Context(), engine.TagsInput{ProgramID: c.program.ID, MemberID: member, Tags: []string{"vip"}}); err != nil {
		t.Fatal(err)
	}
	c.pressID("v1|market|seg|" + frozen)
	c.mustShow("1 guest now", "1 belonged then")
	c.mustNotShow(c.T("market.change.btn"), c.T("market.keep.btn"))
	c.press("rename")
	c.types("Back then")
	c.mustShow("Back then", "1 belonged then")
	c.pressID("v1|market|count|" + core.ID)
	c.mustShow("2 guests now", c.T("market.counted.toast"))
	c.command("segments")
	c.mustShow("• 🧊 Back then: 1, as of 2 March", "• Core: 2")
	c.pressID("v1|market|write|" + frozen) // forged: there is no such button
	c.types("everyone")
	c.press("save")
	if all := c.own(); sentence(all[0].Expr) != `tag = "vip"` || all[0].Size != 1 || !all[0].Frozen {
		t.Errorf("a frozen segment changed: %+v", all[0])
	}
}

func TestAMistakeLosesNothing(t *testing.T) {
	c := newChat(t, locales.EN)
	c.command("segments")
	c.press("write")
	for _, typed := range []struct{ text, says, where string }{
		{"visits > 3 and agge >= 18", "Did you mean “age”?", "visits > 3 and 👉agge >= 18"},
		{"visits(91d) > 3", "90 days", "👉91d) > 3"},
		{"tag = vip, age", "not joined", "tag = vip👉, age"},
		{`tag = "vip`, "quotation mark", `tag = 👉"vip`},
		{`in(Neighbours)`, "no segment “Neighbours”", "in(👉Neighbours)"},
		{`tier = Platinum`, "no level “Platinum”", "tier = 👉Platinum"},
		{`city = Vipava and tier = "vip"`, "no level “vip”", `city = Vipava and tier = "👉vip"`},
		{strings.Repeat("visits = 1 and ", 50) + "nothing = 2", "“nothing” is not known", "…visits = 1 and visits = 1 and visits = 1 and visits = 1 and 👉nothing = 2"},
		{strings.Repeat("visits = 1 or ", 300), "4,000 characters at most", ""},
		{strings.Repeat("visits = 1 or ", 61) + "visits = 2", "60 at most", ""},
		{"<b>visits</b> & 1", "<b", ""},
		{"\u200b", "", ""},
	} {
		c.types(typed.text)
		c.mustShow(typed.says, typed.where, "❗")
		if !c.session.At(market.Flow, "write") {
			t.Fatalf("%s: at %+v", typed.text, c.session)
		}
	}
	c.types("visits >= 3")
	c.mustShow("1 guest now", "visits >= 3")
	c.types("visits >= ")
	c.mustShow("❗", "1 guest now")
	c.do(bots.Event{Kind: bots.EventOther})
	c.mustShow(c.T("market.write.words"), "1 guest now")
	c.do(bots.Event{Kind: bots.EventContact, Contact: &bots.Contact{Phone: "+380671234567"}})
	c.mustShow(c.T("owner.no_contact"), "1 guest now")
	c.press("save")
	c.types("Often")
	if all := c.own(); len(all) != 1 || sentence(all[0].Expr) != "visits >= 3" {
		t.Errorf("segments %+v", all)
	}
}

// A ready-made segment is asked for by the name it has in one's own language, unless the shop has one of that name.
func TestNamesOfReadyMadeSegments(t *testing.T) {
	c := newChat(t, locales.UK)
	c.command("segments")
	c.press("write")
	c.types("не в(«сплячі»)")
	c.mustShow("не входять у «Сплячі»", "Зараз 3 гості", `не в("Сплячі")`)
	c.saves("Сплячі", "tag = vip")
	c.pressID("v1|market|write")
	c.types("в(Сплячі) або в(sleeping)")
	c.mustShow("Зараз 2 гості", `в("Сплячі") або в("ready:sleeping")`)
	c.press("save")
	c.types("Обидва")
	c.pressID("v1|market|write|" + c.id("Обидва"))
	c.types(`в("Сплячі") або в("ready:sleeping")`) // as it was shown
	c.mustShow("Зараз 2 гості")
}

func TestASegmentIsChanged(t *testing.T) {
	c := newChat(t, locales.EN)
	core, other := c.saves("Core", "tag = vip"), c.saves("Other", "in(Core)")
	c.pressID("v1|market|seg|" + core.ID)
	c.press("write")
	c.types("not in(Other)") // which asks about this one
	c.press("save")
	c.mustShow("asks about itself", "not in(\"Other\")")
	c.types("visits = 1")
	c.mustShow("2 guests now")
	save := c.find("save")
	c.press("save")
	c.again(save)
	c.mustShow(c.T("market.saved"), "2 guests now")
	c.pressID("v1|market|seg|" + other.ID)
	c.mustShow("2 guests now")
	if all := c.own(); len(all) != 2 || all[0].Name != "Core" || sentence(all[0].Expr) != "visits = 1" {
		t.Errorf("segments %+v", all)
	}
	c.pressID("v1|market|rename|" + core.ID)
	c.types(`Co"re`)
	c.mustShow("without quotation marks")
	c.types("other")
	c.mustShow("“other” already")
	c.types("CORE")
	if all := c.own(); all[0].Name != "CORE" || sentence(all[0].Expr) != "visits = 1" {
		t.Errorf("renamed to %+v", all[0])
	}
}

// What another marketer does meanwhile is told, and nothing is made of what is gone.
func TestASegmentThatIsGone(t *testing.T) {
	c := newChat(t, locales.EN)
	gone := c.saves("Gone", "tag = vip")
	forget := func() {
		t.Helper()
		if err := c.engine.DeleteSegment(t.Context(), c.program.ID, "", gone.ID); err != nil {
			t.Fatal(err)
		}
	}
	c.pressID("v1|market|rename|" + gone.ID)
	forget()
	c.types("Back")
	c.mustShow(c.T("error.segment_not_found"))
	for _, action := range []string{"seg", "rename", "keep", "delete", "with", "without"} {
		c.pressID("v1|market|" + action + "|" + gone.ID)
		c.mustShow(c.T("error.segment_not_found"))
	}
	gone = c.saves("Gone", "tag = vip")
	c.pressID("v1|market|write")
	c.types("in(Gone) or visits = 1")
	c.mustShow("3 guests now")
	c.press("save")
	forget()
	c.types("Lost")
	c.mustShow("no segment")
	c.press("sentence")
	c.mustShow(c.T("market.size.unknown"))
	c.types("visits = 1")
	c.mustShow("2 guests now")
	gone = c.saves("Gone", "tag = vip")
	c.pressID("v1|market|with|ready:once")
	take := c.find("take|" + gone.ID)
	forget()
	c.pressID(take)
	c.mustShow(c.T("error.segment_not_found"))
	if len(c.own()) != 0 {
		t.Errorf("segments %+v", c.own())
	}
}

func TestDeleting(t *testing.T) {
	c := newChat(t, locales.EN)
	a, b := c.saves("A", "tag = vip"), c.saves("B", "in(A)")
	c.pressID("v1|market|delete|" + b.ID)
	confirm := c.find("deleted")
	c.pressID(strings.Replace(confirm, b.ID, a.ID, 1)) // the mark of one segment does not delete another
	if len(c.own()) != 2 || c.toast() != c.T("owner.stale.toast") {
		t.Fatalf("segments %+v", c.own())
	}
	c.pressID("v1|market|delete|" + a.ID)
	c.press("deleted")
	c.mustShow("“B” asks about this one", "1 guest now")
	c.pressID("v1|market|delete|" + b.ID)
	confirm = c.find("deleted")
	c.press("deleted")
	c.again(confirm)
	if len(c.own()) != 1 || c.toast() != c.T("market.deleted.toast") {
		t.Errorf("deleted twice: %s", c.shows())
	}
	c.pressID(confirm)
	if c.toast() != c.T("owner.stale.toast") {
		t.Errorf("an old button: %s", c.shows())
	}
}

func TestLongListsHavePages(t *testing.T) {
	c := newChat(t, locales.EN)
	for i := range 19 {
		c.saves(fmt.Sprintf("Segment %02d", i), "everyone")
	}
	c.command("segments")
	c.mustShow("Segment 07")
	c.mustNotShow("Segment 08")
	c.press("list|1")
	c.mustShow("Segment 08", "Segment 15")
	c.press("list|2")
	c.mustShow("Segment 18")
	c.pressID("v1|market|list|99")
	c.mustShow("Segment 18")
	c.pressID("v1|market|list|-1")
	c.mustShow("Segment 00")
	c.pressID("v1|market|with|ready:once")
	c.press("pick|1")
	c.press("pick|2")
	c.press("take|" + c.id("Segment 18"))
	c.mustShow("➕ Segment 18", "2 guests now")
}

// Both ways of making a segment smaller mean what they say, from wherever they begin.
func TestNarrowing(t *testing.T) {
	c := newChat(t, locales.EN)
	core := c.saves("Core", "joined > 30d")
	narrow := func(begin, take, wantSentence, wantSize string) {
		t.Helper()
		c.pressID("v1|market|" + begin)
		c.press(take)
		c.mustShow(wantSentence, wantSize)
		c.press("save")
		c.types("Narrow")
		c.mustShow(wantSize)
		id := c.id("Narrow")
		if of := segment.Segments(c.own()[1].Expr); !slices.Contains(of, core.ID) {
			t.Errorf("%s: what is saved asks about %v", begin, of)
		}
		if err := c.engine.DeleteSegment(t.Context(), c.program.ID, "", id); err != nil {
			t.Fatal(err)
		}
	}
	narrow("with|ready:once", "take|"+core.ID, `in("Came once") and in("Core")`, "1 guest now")
	narrow("without|"+core.ID, "take|"+core.ID, `in("Core") and not in("Core")`, c.T("market.size.nobody"))
	narrow("with|"+core.ID, "agreed", `in("Core") and consent("telegram") and reachable("telegram")`, "2 guests now")

	c.pressID("v1|market|with|" + core.ID)
	c.press("leave")
	c.mustShow("🎯 Core")
	c.press("write")
	c.types("visits = 1 or tag = vip")
	c.press("without")
	c.press("leave")
	c.mustShow("3 guests now")
	c.press("without")
	agreed := strings.Replace(c.find("leave"), "leave", "agreed", 1) // not offered here
	c.pressID(agreed)
	if c.toast() != c.T("owner.stale.toast") || !c.session.At(market.Flow, "pick") {
		t.Errorf("a forged choice: %s", c.shows())
	}
	c.press("picks")
	c.press("pick")
	c.press("write")
	c.types("vizits = 1")
	c.mustShow("Did you mean")
	c.types("visits = 1")
	c.press("take")
	c.mustShow(`(visits = 1 or tag = "vip") and not visits = 1`, "1 guest now")
	c.press("save") // it was begun as a change of Core
	if all := c.own(); len(all) != 1 || sentence(all[0].Expr) != `(visits = 1 or tag = "vip") and not visits = 1` {
		t.Errorf("segments %+v", all)
	}
}

// The most that a sentence can hold is shown, kept and narrowed no further.
func TestTheLargestSegment(t *testing.T) {
	for _, l := range []locales.Language{locales.EN, locales.KK} {
		c := newChat(t, l)
		var all segment.Any
		for i := range segment.MaxConds {
			all = append(all, segment.Cond{Fact: "last_category", Of: fmt.Sprintf("%s%02d", strings.Repeat("x", 12), i), Op: segment.OpMore, Values: []segment.Value{{Number: 30}}})
		}
		if _, err := c.engine.SaveSegment(t.Context(), engine.SaveSegmentInput{ProgramID: c.program.ID, Name: strings.Repeat("W", 60), Expr: all}); err != nil {
			t.Fatal(err)
		}
		id := c.own()[0].ID
		c.command("segments")
		for _, action := range []string{"seg", "write", "keep", "rename", "delete"} {
			c.pressID("v1|market|" + action + "|" + id)
		}
		c.pressID("v1|market|write")
		c.types(sentence(all))
		if !c.session.At(market.Flow, "sentence") {
			t.Fatalf("not read: %s", c.shows())
		}
		c.press("without")
		c.press("take|" + id)
		c.mustShow(c.T("market.narrow.long"))
		c.press("save")
		c.types("Whole")
		if own := c.own(); len(own) != 2 || sentence(own[0].Expr) != sentence(all) {
			t.Errorf("segments %+v", own)
		}
		c.pressID("v1|market|write")
		var texts []segment.Value
		for i := range segment.MaxValues - 1 {
			texts = append(texts, segment.Value{Text: fmt.Sprintf("%s%02d", strings.Repeat("ї", 20), i)})
		}
		c.types(sentence(segment.Cond{Fact: "city", Op: segment.OpIn, Values: texts}))
		if !c.session.At(market.Flow, "sentence") {
			t.Fatalf("not read: %s", c.shows())
		}
	}
}

func TestStaleAndForgedPresses(t *testing.T) {
	c := newChat(t, locales.EN)
	c.pressID("v1|market|write")
	c.types("visits = 1")
	save, keep := c.find("save"), c.find("keep")
	c.types("visits = 2")
	for _, id := range []string{save, keep, "v1|market|save", "v1|market|again||x", "v1|market|count||x", "v1|market|name||x", "v1|market|take|ready:vip|x", "v1|market|deleted|ready:vip|x", "v1|market|leave||x"} {
		c.pressID(id)
		if c.toast() != c.T("owner.stale.toast") {
			t.Errorf("%s: %s", id, c.shows())
		}
		c.mustShow("visits in all: 2") // the current screen
	}
	for _, id := range []string{"seg|nope", "seg|ready:nope", "seg", "delete|ready:vip", "rename|ready:vip", "keep|nope", "with|nope"} {
		c.pressID("v1|market|" + id)
	}
	if len(c.own()) != 0 {
		t.Errorf("segments %+v", c.own())
	}
}

// Before the shop is open there is nobody to speak to, and the wizard's draft is not to be lost.
func TestNobodyIsSpokenToBeforeTheOpening(t *testing.T) {
	c := newChat(t, locales.EN)
	if err := c.engine.SetState(t.Context(), c.program.ID, "", engine.ProgramSetup); err != nil {
		t.Fatal(err)
	}
	c.days(1) // the engine forgets what it knew of the program
	waiting := strings.ReplaceAll(bots.Plain(bots.Rich(c.T("owner.waiting.text"))), "\u00a0", " ")
	c.start()
	c.mustShow(waiting)
	c.command("segments")
	c.mustShow(waiting)
	c.pressID("v1|market|list")
	c.mustShow(waiting)
}
