package main

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kartka/bots/sandbox"
	"kartka/bots/sandbox/telegram"
	"kartka/engine"
	"kartka/engine/cardcode"
	"kartka/locales"

	"github.com/google/uuid"
)

// Whatever people, their apps and their enemies send: nothing happens in the ledger but what somebody was entitled to, everybody
// who meant well is told in the own language what happened and what to do, and forgers learn nothing.
func TestBadInput(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		m := newWorld(t).mall(url)
		m.add("corner", speaks(t, "Кава на розі", "UAH", "Europe/Kyiv", allLanguages()...))
		m.add("other", speaks(t, "Мұрт", "KZT", "Asia/Almaty", allLanguages()...))
		m.run()
		m.eachLanguage(t, "corner", func(s *scene) {
			c := &cast{scene: s, cashier: s.cashier(), guest: s.guest(), friend: s.guest()}
			c.forgedPresses()
			c.foreignHold()
			c.foreignRights()
			c.staleScreens()
			c.contacts()
			c.foreignCards()
			c.ownCard()
			c.invitations()
			c.dismissed()
			c.twoCashiers()
			c.doubleTap()
			c.group()
			c.blocked()
			c.whatNobodyReads()
			c.foreignProgram(m.scene(s.t, "other", s.lang))
		})
		m.spoken(t)
		m.readable()
		m.balanced("corner")
		m.balanced("other")
	})
}

// cast are the people of most cases.
type cast struct {
	*scene
	cashier       *person
	guest, friend *cardholder
}

func (c *cast) forgedPresses() {
	before := c.history(c.guest)
	nobody := uuid.NewString()
	for _, data := range []string{
		"x", "v1", "v1|guest", "v1|guest|", "v2|guest|home", "v1|nobody|home", "v1|guest|home||||", "v1|guest|<b>", "v1|guest|\u202ehome", "V1|GUEST|HOME",
		strings.Repeat("a", 65), "v1|guest|home|" + strings.Repeat("a", 60), strings.Repeat("🍎", 64), "v1|guest|nothing", "v1|guest|lang|xx",
		"v1|guest|yes|" + nobody, "v1|guest|no|" + nobody, "v1|guest|yes|' OR 1=1", "v1|guest|yes|1", "v1|guest|news|perhaps",
	} {
		c.refuses(c.guest.person, data, "")
	}
	c.refuses(c.guest.person, "v1|guest|why|"+nobody, c.says("error.not_found"))
	c.refuses(c.guest.person, "v1|guest|why|"+c.history(c.friend)[0].Posting.ID, c.says("error.not_found"))
	if after := c.history(c.guest); len(after) != len(before) {
		c.t.Errorf("forged presses have posted: %+v", after)
	}
}

// asked has the cashier ask a guest to spend everything on a check of 200, and returns the hold.
func (c *cast) asked(g *cardholder) string {
	c.t.Helper()
	c.offered(c.cashier, g)
	before := c.version(g.person)
	c.cashier.tap("v1|staff|spend")
	c.hears(g.person, before, c.says("notice.ask.title", locales.Args{"Points": c.points(100)}))
	_, yes := g.button("v1|guest|yes|")
	return strings.TrimPrefix(yes, "v1|guest|yes|")
}

// offered brings a cashier to the offer for a check of 200.
func (c *cast) offered(cashier *person, g *cardholder) {
	c.t.Helper()
	before := c.version(cashier)
	_, err := cashier.Scan(cashier.ctx(), g.Phone)
	cashier.must(err)
	c.hears(cashier, before, c.says("staff.sum.ask"))
	c.answers(cashier, "200", c.says("staff.offer.total", locales.Args{"Sum": c.money(20000)}))
}

func (c *cast) foreignHold() {
	g := c.scene.guest()
	hold := c.asked(g)
	c.posts(0, g, "somebody else's yes and no", func() {
		c.refuses(c.friend.person, "v1|guest|yes|"+hold, "")
		c.refuses(c.friend.person, "v1|guest|no|"+hold, "")
		c.cashier.forge(0, "v1|guest|yes|"+hold)
	})
	p := c.posts(1, g, "the guest's own yes", func() {
		before := c.version(g.person)
		g.tap("v1|guest|yes|")
		c.hears(g.person, before, c.says("guest.spend.done", locales.Args{"Points": c.points(100), "Sum": c.money(10000)}))
	})
	if p.Burned != 100 || p.Earned != 5 {
		c.t.Errorf("of a check of 200 are spent %d and earned %d", p.Burned, p.Earned)
	}
	c.posts(0, g, "a second yes, and a no after it", func() {
		before := c.version(g.person)
		g.forge(0, "v1|guest|yes|"+hold)
		c.hears(g.person, before, c.says("guest.spend.done", locales.Args{"Points": c.points(100), "Sum": c.money(10000)}))
		before = c.version(g.person)
		g.forge(0, "v1|guest|no|"+hold)
		c.hears(g.person, before, c.says("guest.spend.already"))
	})
}

func (c *cast) foreignRights() {
	staff := c.known(c.cashier).Staff.ID
	for _, data := range []string{"v1|owner|setstate|pause", "v1|owner|dismiss|" + staff, "v1|owner|invite|owner.", "v1|owner|rules", "v1|staff|home", "v1|staff|undo|" + uuid.NewString(), "v1|staff|add||m"} {
		c.refuses(c.guest.person, data, c.says("error.not_staff"))
	}
	for _, data := range []string{"v1|owner|state|pause", "v1|owner|setstate|pause", "v1|owner|staff", "v1|owner|place", "v1|owner|dismiss|" + staff, "v1|owner|invite|owner.", "v1|owner|rules", "v1|owner|poster", "v1|owner|tune|rate.900"} {
		c.refusesStaff(c.cashier, data, c.says("error.not_allowed"))
	}
	if p := c.programOf(c.t, c.slug); p.State != engine.ProgramActive || p.Version != c.program.Version || c.known(c.cashier).Staff.Disabled {
		c.t.Errorf("somebody without the right has changed the program: %s, version %d", p.State, p.Version)
	}
}

// refusesStaff is refuses for somebody whose help is the staff's.
func (c *cast) refusesStaff(p *person, data, text string) {
	c.t.Helper()
	if got := p.forge(0, data); plain(got.Text) != text || !got.Alert {
		c.t.Errorf("press of %s is answered %+v, want %q", data, got, text)
	}
}

func (c *cast) staleScreens() {
	c.offered(c.cashier, c.guest)
	message, old := c.cashier.button("v1|staff|add")
	c.answers(c.cashier, "300", c.says("staff.offer.total", locales.Args{"Sum": c.money(30000)}))
	c.posts(0, c.guest, "a button of an older screen", func() {
		for _, data := range []string{old, "v1|staff|add", "v1|staff|add||m", "v1|staff|spend||" + strings.Repeat("z", 7), "v1|staff|plain|" + uuid.NewString()} {
			before := c.version(c.cashier)
			if got := c.cashier.forge(message, data); plain(got.Text) != c.says("staff.stale.toast") {
				c.t.Errorf("press of %s is answered %q", data, got.Text)
			}
			c.hears(c.cashier, before, c.says("staff.offer.total", locales.Args{"Sum": c.money(30000)}))
		}
	})
	c.posts(1, c.guest, "the button of the current screen", func() {
		before := c.version(c.cashier)
		c.cashier.tap("v1|staff|add")
		c.hears(c.cashier, before, c.says("staff.receipt.earned", locales.Args{"Name": c.guest.member.Name, "Earned": c.points(15)}))
	})

	newcomer := c.someone()
	newcomer.start("")
	newcomer.tap("v1|guest|lang|" + string(c.lang))
	message, _ = newcomer.button("v1|guest|join")
	for _, data := range []string{"v1|guest|join", "v1|guest|join||m", "v1|guest|erase||m", "v1|guest|delete2"} {
		got := newcomer.forge(message, data)
		if strings.HasPrefix(data, "v1|guest|join") && plain(got.Text) != c.says("guest.stale.toast") {
			c.t.Errorf("press of %s is answered %q", data, got.Text)
		}
	}
	if c.known(newcomer).Member != nil {
		c.t.Error("a forged press has made a card")
	}
	before := c.version(c.friend.person)
	if got := c.friend.forge(0, "v1|guest|erase||m"); plain(got.Text) != c.says("guest.stale.toast") {
		c.t.Errorf("a forged farewell is answered %q", got.Text)
	}
	c.hears(c.friend.person, before, c.says("guest.delete.text", locales.Args{"Program": c.program.Settings.Name, "Points": c.points(100)}))
	if c.known(c.friend.person).Member == nil {
		c.t.Error("a forged press has erased a member")
	}
}

func (c *cast) contacts() {
	g := c.scene.guest()
	before := c.version(g.person)
	g.must(g.ShareForeignContact(g.ctx(), telegram.Card{Phone: "+380671112233", FirstName: "Не я", UserID: c.friend.User()}))
	c.hears(g.person, before, c.says("guest.phone.foreign"))
	before = c.version(g.person)
	g.must(g.ShareForeignContact(g.ctx(), telegram.Card{Phone: "+380671112233", FirstName: "Не я"}))
	c.hears(g.person, before, c.says("guest.phone.foreign"))
	before = c.version(g.person)
	g.must(g.ForwardContact(g.ctx()))
	c.hears(g.person, before, c.says("guest.phone.foreign"))
	c.answers(g.person, "+380 67 111 22 33", c.says("guest.phone.typed"))
	if phone := c.known(g.person).Member.Phone; phone != "" {
		c.t.Errorf("a phone that nobody vouches for is kept: %s", phone)
	}
	before = c.version(g.person)
	g.must(g.ShareContact(g.ctx()))
	own := c.newPhone() // g came last
	c.hears(g.person, before, c.says("guest.phone.saved", locales.Args{"Phone": c.p.PhoneMasked("+" + own)}))
	if phone := c.known(g.person).Member.Phone.Reveal(); phone != "+"+own {
		c.t.Errorf("the own phone is kept as %q", phone)
	}

	c.people-- // the next one has the same phone
	twin := c.joins(c.someone())
	before = c.version(twin.person)
	twin.must(twin.ShareContact(twin.ctx()))
	c.hears(twin.person, before, c.says("guest.phone.taken"))
	if phone := c.known(twin.person).Member.Phone; phone != "" {
		c.t.Errorf("one phone stands for two cards")
	}
}

func (c *cast) foreignCards() {
	before := c.version(c.guest.person)
	c.guest.follow(c.friend.card.link)
	m := c.hears(c.guest.person, before, c.says("guest.card.foreign"))
	if !strings.Contains(plain(m.Text), plain(c.p.CardNumber(c.guest.member.Card))) || strings.Contains(plain(m.Text), plain(c.p.CardNumber(c.friend.member.Card))) {
		c.t.Errorf("somebody else's card shows %q", m.Text)
	}
	stranger := c.someone()
	stranger.follow(c.friend.card.link)
	stranger.tap("v1|guest|lang|" + string(c.lang))
	m = c.hears(stranger, 0, c.says("guest.consent.foreign"))
	if strings.Contains(m.Text, c.friend.member.Name) || strings.Contains(plain(m.Text), plain(c.p.CardNumber(c.friend.member.Card))) {
		c.t.Errorf("a stranger reads %q", m.Text)
	}
	if c.known(stranger).Member != nil {
		c.t.Error("somebody else's link has made a card")
	}
	for _, wrong := range []struct{ input, key string }{
		{"https://t.me/corner_bot?start=c_" + cardcode.NewToken([16]byte{7}), "error.guest_not_found"},
		{"000000001", "error.code_mistyped"},
		{"?!", "error.code_unreadable"},
		{"999999", "error.code_unknown"},
	} {
		c.answers(c.cashier, "/accrue "+wrong.input, c.says(wrong.key))
	}
}

func (c *cast) ownCard() {
	both := c.scene.cashier()
	both.say("/card")
	both.tap("v1|guest|lang|" + string(c.lang))
	both.tap("v1|guest|join")
	g := &cardholder{person: both, card: both.card()}
	g.member = *c.known(both).Member
	c.posts(0, g, "a cashier's own card", func() {
		c.answers(both, "/accrue "+g.card.number+" 100", c.says("error.own_card"))
		c.answers(both, g.card.number, c.says("error.own_card"))
		before := c.version(both)
		both.follow(g.card.link)
		c.hears(both, before, c.says("error.own_card"))
		c.answers(both, "/redeem "+g.card.number+" 100 max", c.says("error.own_card"))
	})
}

func (c *cast) invitations() {
	used := c.invitation(engine.RoleCashier)
	first := c.someone()
	first.start("s_" + used.Token)
	c.hears(first, 0, c.says("staff.joined.counter"))
	late := engine.Invite{ID: uuid.NewString(), ProgramID: c.program.ID, Role: engine.RoleOwner, CreatedAt: time.Now().Add(-2 * engine.InviteTTL), ExpiresAt: time.Now().Add(-time.Minute)}
	lateToken := cardcode.NewToken([16]byte(uuid.New()))
	sum := sha256.Sum256([]byte(lateToken))
	late.TokenHash = hex.EncodeToString(sum[:])
	if err := c.service.app.store.InTx(c.t.Context(), func(tx engine.Tx) error { return tx.InsertInvite(c.t.Context(), late) }); err != nil {
		c.t.Fatal(err)
	}
	for _, invite := range []struct{ name, token, key string }{
		{"used", used.Token, "error.invite_over"},
		{"ended", lateToken, "error.invite_over"},
		{"unknown", cardcode.NewToken([16]byte{1}), "error.invite_unknown"},
		{"garbage", "x", "error.invite_unknown"},
		{"a card's token", c.friend.member.Token, "error.invite_unknown"},
	} {
		p := c.someone()
		p.start("s_" + invite.token)
		m := c.hears(p, 0, c.says(invite.key))
		if len(m.Buttons) == 0 {
			c.t.Errorf("%s invitation: %q leads nowhere", invite.name, m.Text)
		}
		if c.known(p).Staff != nil {
			c.t.Errorf("%s invitation lets somebody in", invite.name)
		}
	}
}

func (c *cast) dismissed() {
	former := c.scene.cashier()
	c.posts(1, c.guest, "a sale", func() {
		c.answers(former, "/accrue "+c.guest.card.number+" 40", c.says("staff.receipt.earned", locales.Args{"Name": c.guest.member.Name, "Earned": c.points(2)}))
	})
	_, undo := former.button("v1|staff|undo|")
	c.offered(former, c.guest)
	_, add := former.button("v1|staff|add")
	before := c.version(former)
	if err := c.service.app.engine.DismissStaff(c.t.Context(), c.program.ID, "", c.known(former).Staff.ID); err != nil {
		c.t.Fatal(err)
	}
	c.service.wakeSenders(c.program.ID)
	c.hears(former, before, c.says("staff.notice.left", locales.Args{"Shop": c.program.Settings.Name}))
	c.posts(0, c.guest, "what a dismissed cashier does", func() {
		for _, data := range []string{undo, add, "v1|staff|home", "v1|owner|home"} {
			c.refusesStaff(former, data, c.says("error.not_staff"))
		}
		c.answers(former, "/accrue "+c.guest.card.number+" 100", c.says("guest.help.unknown"))
		before := c.version(former)
		former.say(c.guest.card.number + " 100")
		m := c.hears(former, before)
		if strings.Contains(m.Text, c.guest.member.Name) {
			c.t.Errorf("a dismissed cashier reads %q", m.Text)
		}
	})
}

// Two cashiers want the same points: exactly one gets them, the other sees what is left.
func (c *cast) twoCashiers() {
	g := c.scene.guest()
	cashiers := []*person{c.cashier, c.scene.cashier()}
	for _, cashier := range cashiers {
		c.offered(cashier, g)
	}
	before := []uint64{c.version(cashiers[0]), c.version(cashiers[1])}
	c.atOnce(cashiers, "v1|staff|spend")
	asked, changed := c.says("staff.wait.how", locales.Args{"Seconds": c.program.Settings.Staff.HoldSeconds}), c.says("staff.offer.changed")
	var winners []*person
	for i, cashier := range cashiers {
		v, err := cashier.WaitFor(cashier.ctx(), func(v telegram.ChatView) bool { return newer(v, before[i], asked) || newer(v, before[i], changed) })
		cashier.must(err)
		if newer(v, before[i], asked) {
			winners = append(winners, cashier)
			continue
		}
		c.hears(cashier, before[i], changed, c.says("staff.guest.available", locales.Args{"Points": c.points(0)}), c.says("staff.guest.held", locales.Args{"Points": c.points(100)}))
	}
	if len(winners) != 1 {
		c.t.Fatalf("%d of two cashiers win", len(winners))
	}
	p := c.posts(1, g, "the guest's yes", func() {
		start := c.version(winners[0])
		g.tap("v1|guest|yes|")
		c.hears(winners[0], start, c.says("staff.receipt.take", locales.Args{"Money": c.money(10000)}))
	})
	if a := c.account(g); p.Burned != 100 || a.Balance() != 5 || len(a.Holds) != 0 {
		c.t.Errorf("spent %d, left %d, held %v", p.Burned, a.Balance(), a.Holds)
	}
}

func newer(v telegram.ChatView, after uint64, text string) bool {
	return slices.ContainsFunc(v.Messages, func(m telegram.MessageView) bool {
		return m.From == "bot" && !m.Deleted && m.Version > after && strings.Contains(plain(m.Text), text)
	})
}

// atOnce has people press their newest button of a kind at the same time, and waits until all presses are answered.
func (c *cast) atOnce(people []*person, prefix string) []telegram.Answer {
	c.t.Helper()
	answers, errs := make([]telegram.Answer, len(people)), make([]error, len(people))
	var buttons []telegram.Pressing
	for _, p := range people {
		message, data := p.button(prefix)
		buttons = append(buttons, telegram.Pressing{Message: message, Data: data})
	}
	ctx := c.cashier.ctx()
	var all sync.WaitGroup
	for i, p := range people {
		all.Go(func() {
			var pressed telegram.Pressed
			if pressed, errs[i] = p.PressButton(ctx, buttons[i]); errs[i] == nil {
				answers[i], errs[i] = p.WaitAnswer(ctx, pressed.Query)
			}
		})
	}
	all.Wait()
	for i, err := range errs {
		people[i].must(err)
	}
	return answers
}

func (c *cast) doubleTap() {
	c.offered(c.cashier, c.guest)
	var answers []telegram.Answer
	p := c.posts(1, c.guest, "a double tap", func() {
		answers = c.atOnce([]*person{c.cashier, c.cashier, c.cashier}, "v1|staff|add")
	})
	if p.Earned != 10 {
		c.t.Errorf("a check of 200 earns %d", p.Earned)
	}
	told := 0
	for _, a := range answers {
		if plain(a.Text) == c.says("staff.done.toast") {
			told++
		}
	}
	if told != 2 {
		c.t.Errorf("the answers to three taps are %+v", answers)
	}
	c.posts(1, c.guest, "a double undo", func() {
		c.atOnce([]*person{c.cashier, c.cashier}, "v1|staff|undo|")
	})
	c.posts(0, c.guest, "an undo of what is undone", func() {
		c.refusesStaff(c.cashier, "v1|staff|undo|"+p.SaleID, c.says("error.already_returned"))
	})
}

func (c *cast) group() {
	text := c.says("guest.group.text")
	c.silent(c.guest.person, "talk in a group", func() {
		group, err := c.guest.CreateGroup(c.guest.ctx(), "Сусіди")
		c.guest.must(err)
		in := &person{Phone: group, t: c.t}
		c.hears(in, 0, text)
		for _, line := range []string{"hello", "/card", "/card@somebody_else_bot", "/balance", "500"} {
			in.say(line)
		}
		c.answers(in, "/balance@"+c.bots[c.slug].Username, text)
		c.answers(in, "/start@"+c.bots[c.slug].Username+" c_"+c.friend.member.Token, text)
		all, err := group.Messages(c.guest.ctx())
		c.guest.must(err)
		said := 0
		for _, m := range all {
			if m.From != "bot" {
				continue
			}
			said++
			if m.Photo != nil || plain(m.Text) != text {
				c.t.Errorf("a group reads %q", m.Text)
			}
		}
		if said != 3 {
			c.t.Errorf("a group hears the bot %d times, want when it comes and when it is addressed", said)
		}
	})
}

func (c *cast) blocked() {
	g := c.scene.guest()
	g.forge(0, "v1|guest|news|on")
	if !c.known(g.person).Consent[engine.PurposeMarketing] {
		c.t.Fatal("news are not on")
	}
	g.must(g.Block(g.ctx()))
	until(c.t, "the block is noted", func() bool { return !c.known(g.person).Contact.BlockedAt.IsZero() })
	c.sentTo(g.person)
	c.posts(1, g, "a sale to whoever has blocked the bot", func() {
		c.answers(c.cashier, "/accrue "+g.card.number+" 200", c.says("staff.receipt.earned", locales.Args{"Name": g.member.Name, "Earned": c.points(10)}))
	})
	c.posts(0, g, "a question to whoever has blocked the bot", func() {
		c.offered(c.cashier, g)
		before := c.version(c.cashier)
		c.cashier.tap("v1|staff|spend")
		c.hears(c.cashier, before, c.says("staff.code.unreachable", locales.Args{"Name": g.member.Name}))
	})
	c.spoken(c.t)
	if sent := c.sentTo(g.person); len(sent) != 0 {
		c.t.Errorf("whoever has blocked the bot is sent %v", sent)
	}
	g.must(g.Unblock(g.ctx()))
	until(c.t, "the unblocking is noted", func() bool { return c.known(g.person).Contact.BlockedAt.IsZero() })
	if known := c.known(g.person); known.Consent[engine.PurposeMarketing] || !known.Consent[engine.PurposeService] {
		c.t.Errorf("after a block and its end the consents are %v", known.Consent)
	}
	c.answers(g.person, "/balance", c.points(110))
}

func (c *cast) whatNobodyReads() {
	for _, kind := range []string{"sticker", "voice", "photo", "location"} {
		before := c.version(c.guest.person)
		c.guest.must(c.guest.Attach(c.guest.ctx(), kind))
		c.hears(c.guest.person, before, c.says("guest.help.nudge"))
		before = c.version(c.cashier)
		c.cashier.must(c.cashier.Attach(c.cashier.ctx(), kind))
		c.hears(c.cashier, before)
	}
	c.answers(c.guest.person, "hello 🍎", c.says("guest.help.nudge"))
	for _, command := range []string{"/nonsense", "/accrue " + c.friend.card.number + " 100", "/rules", "/допомога", "/help2@" + c.bots[c.slug].Username} {
		c.posts(0, c.friend, command, func() { c.answers(c.guest.person, command, c.says("guest.help.unknown")) })
	}
	c.answers(c.cashier, "/rules", c.says("guest.help.unknown"))
	c.answers(c.cashier, "/poster", c.says("guest.help.unknown"))

	stranger := c.someone()
	stranger.must(stranger.Attach(stranger.ctx(), "sticker"))
	stranger.tap("v1|guest|lang|" + string(c.lang))
	before := c.version(stranger)
	stranger.must(stranger.Attach(stranger.ctx(), "voice"))
	c.hears(stranger, before, c.says("guest.consent.hello", locales.Args{"Program": c.program.Settings.Name}))
}

// foreignProgram has people of another program try their luck with what belongs to this one.
func (c *cast) foreignProgram(other *scene) {
	g := c.scene.guest()
	c.posts(1, g, "a sale", func() {
		c.answers(c.cashier, "/accrue "+g.card.number+" 100", c.says("staff.receipt.earned", locales.Args{"Name": g.member.Name, "Earned": c.points(5)}))
	})
	_, undo := c.cashier.button("v1|staff|undo|")
	hold := c.asked(g)

	cashier, guest := other.cashier(), other.guest()
	c.posts(0, g, "what people of another program press and type", func() {
		c.refusesStaff(cashier, undo, other.says("error.not_found"))
		other.refuses(guest.person, "v1|guest|yes|"+hold, "")
		other.refuses(guest.person, "v1|guest|no|"+hold, "")
		other.refuses(guest.person, "v1|guest|why|"+c.history(g)[0].Posting.ID, other.says("error.not_found"))
		other.answers(cashier, g.card.link, other.says("error.guest_not_found"))
		other.answers(cashier, "/accrue "+g.card.number+" 100", other.says("error.guest_not_found"))

		// The camera opens the card's own bot, where that cashier is nobody.
		here := &person{Phone: c.driver.Phone(cashier.User(), c.bots[c.slug].Username), t: c.t}
		scanned, err := cashier.Scan(cashier.ctx(), g.Phone)
		cashier.must(err)
		if scanned == (sandbox.Scanned{}) {
			c.t.Error("the scan has opened nothing")
		}
		here.tap("v1|guest|lang|" + string(c.lang))
		c.hears(here, 0, c.says("guest.consent.foreign"))
		if known := c.known(here); known.Staff != nil || known.Member != nil {
			c.t.Errorf("a cashier of another program is %+v, %+v here", known.Staff, known.Member)
		}
	})
	if a := c.account(g); len(a.Holds) != 1 {
		c.t.Errorf("the hold is gone: %+v", a)
	}
	before := c.version(c.cashier)
	g.tap("v1|guest|no|")
	c.hears(c.cashier, before, c.says("staff.notice.denied_named", locales.Args{"Name": g.member.Name, "Points": c.points(100), "Sum": c.money(20000)}))
}
