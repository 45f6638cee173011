package main

import (
	"strings"
	"testing"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"

	"kartka/bots/sandbox/telegram"
)

// Two programs in one process, and one person who is a guest in the first and stands at the counter of the second.
func TestNothingCrossesBetweenPrograms(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		m := newWorld(t).mall(url)
		m.add("kava", speaks(t, "Кава", "UAH", "Europe/Kyiv", "uk", "en"))
		murtSettings := speaks(t, "Мұрт", "KZT", "Asia/Almaty", "kk", "ru")
		murtSettings.Earn.Rate, murtSettings.Welcome = 1000, rules.Welcome{}
		m.add("murt", murtSettings)
		m.run()

		kava, murt := m.scene(t, "kava", locales.UK), m.scene(t, "murt", locales.KK)
		b := &bridge{t: t, kava: kava, murt: murt}
		b.arrive()
		b.rights()
		b.identifiers()
		b.numbers()
		b.settings()
		b.export()
		b.erase()
		m.spoken(t)
		m.readable()
		if k, a := m.balanced("kava"), m.balanced("murt"); k.Sales != 2 || a.Sales != 3 {
			t.Errorf("%d sales in Kyiv and %d in Almaty, want 2 and 3", k.Sales, a.Sales)
		}
	})
}

// bridge is the person of two programs, with a colleague in the first and a guest in the second.
type bridge struct {
	t          *testing.T
	kava, murt *scene
	guest      *cardholder // the person, in the first program
	cashier    *person     // the same person, in the second
	colleague  *person     // cashier of the first program
	client     *cardholder // guest of the second program
}

func (b *bridge) arrive() {
	b.guest = b.kava.guest()
	b.guest.must(b.guest.ShareContact(b.guest.ctx()))
	b.guest.sees(b.kava.says("guest.phone.saved", locales.Args{"Phone": b.kava.p.PhoneMasked("+" + b.kava.newPhone())}))
	b.colleague = b.kava.cashier()
	b.cashier = &person{Phone: b.kava.driver.Phone(b.guest.User(), b.murt.bots["murt"].Username), t: b.t}
	// The messenger says Ukrainian, which the second shop does not speak: its first language it is.
	b.murt.hires(b.cashier, engine.RoleCashier)
	b.client = b.murt.guest()
	here, there := b.kava.known(b.guest.person), b.murt.known(b.cashier)
	if here.Staff != nil || here.Member == nil || there.Member != nil || there.Staff == nil || here.Contact.ID == there.Contact.ID {
		b.t.Fatalf("the person is %+v, %+v in the first program and %+v, %+v in the second", here.Member, here.Staff, there.Member, there.Staff)
	}
}

func (b *bridge) rights() {
	b.kava.answers(b.guest.person, "/accrue "+b.guest.card.number+" 100", b.kava.says("guest.help.unknown"))
	b.kava.refuses(b.guest.person, "v1|staff|home", b.kava.says("error.not_staff"))
	b.murt.answers(b.cashier, "/counter", b.murt.says("staff.home.begin"))
	b.murt.answers(b.cashier, "/card", "Тілді таңдаңыз") // no card here: one is offered
}

// identifiers looks for the guest of one program in the other, by everything a guest can show.
func (b *bridge) identifiers() {
	b.guest.tap("v1|guest|code")
	_, text, _ := strings.Cut(b.guest.sees(strings.Split(b.kava.says("guest.code.text", locales.Args{"Code": "\x00"}), "\x00")[0]).Text, ":")
	code := strings.Join(strings.Fields(text)[:2], "")
	phone := "+" + phoneOf(b.kava, 1)
	b.kava.posts(0, b.guest, "look-ups in another program", func() {
		for _, input := range []string{b.guest.card.number, b.guest.card.link, phone} {
			b.murt.answers(b.cashier, "/accrue "+input+" 100", b.murt.says("error.guest_not_found"))
			b.murt.answers(b.cashier, input, b.murt.says("error.guest_not_found"))
		}
		b.murt.answers(b.cashier, code+" 100", b.murt.says("error.code_unknown"))
	})
	// The code has not been used up by that. It works where it is from, and so does the phone.
	b.kava.posts(1, b.guest, "the live code at home", func() {
		b.kava.answers(b.colleague, code+" 100", b.kava.says("staff.receipt.earned", locales.Args{"Name": b.guest.member.Name, "Earned": b.kava.points(5)}))
	})
	b.kava.posts(1, b.guest, "the phone at home", func() {
		b.kava.answers(b.colleague, "/accrue "+phone+" 200", b.kava.says("staff.receipt.earned", locales.Args{"Name": b.guest.member.Name, "Earned": b.kava.points(10)}))
	})
}

func phoneOf(s *scene, n int) string {
	as := *s
	as.people = n
	return as.newPhone()
}

// numbers are told in each program's own currency, rate, clock and words.
func (b *bridge) numbers() {
	b.murt.posts(1, b.client, "a sale in Almaty", func() {
		b.murt.answers(b.cashier, "/accrue "+b.client.card.number+" 5000", b.murt.money(500000),
			b.murt.says("staff.receipt.earned", locales.Args{"Name": b.client.member.Name, "Earned": b.murt.points(500)}))
	})
	at := b.murt.history(b.client)[0].Posting.RecordedAt
	almaty := b.murt.p.Time(at.In(b.murt.program.Settings.Zone))
	b.cashier.sees(b.murt.says("staff.receipt.foot", locales.Args{"Sum": b.murt.money(500000), "Time": almaty}))
	b.murt.answers(b.client.person, "/balance", b.murt.points(500))
	b.kava.answers(b.guest.person, "/balance", b.kava.points(115), b.kava.money(11500))
	b.murt.answers(b.cashier, "/today", b.murt.money(500000))
	b.kava.answers(b.colleague, "/today", b.kava.money(30000))
	m := b.kava.answers(b.guest.person, "/history", b.kava.money(20000))
	if strings.Contains(m.Text, "₸") || strings.Contains(m.Text, "5 000") {
		b.t.Errorf("the history of Kyiv tells of Almaty: %q", m.Text)
	}
}

func (b *bridge) settings() {
	b.guest.forge(0, "v1|guest|lang|en")
	if here, there := b.kava.known(b.guest.person).Contact.Language, b.murt.known(b.cashier).Contact.Language; here != "en" || there != "" {
		b.t.Errorf("after choosing English in one program the languages are %q and %q", here, there)
	}
	b.murt.answers(b.cashier, "/counter", b.murt.says("staff.home.begin"))
	b.guest.forge(0, "v1|guest|lang|uk")
	if err := b.kava.service.app.engine.SetState(b.t.Context(), b.kava.program.ID, "", engine.ProgramPaused); err != nil {
		b.t.Fatal(err)
	}
	b.kava.answers(b.colleague, "/accrue "+b.guest.card.number+" 100", b.kava.says("error.program_not_active"))
	b.murt.posts(1, b.client, "a sale while the other program pauses", func() {
		b.murt.answers(b.cashier, "/accrue "+b.client.card.number+" 1000", b.murt.says("staff.receipt.earned", locales.Args{"Name": b.client.member.Name, "Earned": b.murt.points(100)}))
	})
	if err := b.kava.service.app.engine.SetState(b.t.Context(), b.kava.program.ID, "", engine.ProgramActive); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bridge) export() {
	b.guest.say("/export")
	_, err := b.guest.WaitFor(b.guest.ctx(), func(v telegram.ChatView) bool {
		for _, m := range v.Messages {
			if m.Document != nil && strings.HasPrefix(m.Document.Name, "kava-") {
				return true
			}
		}
		return false
	})
	b.guest.must(err)
	x, err := b.kava.service.app.engine.ExportMember(b.t.Context(), b.kava.program.ID, b.guest.member.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	if x.Program != "Кава" || len(x.Chats) != 1 || len(x.Movements) != 3 {
		b.t.Errorf("the export holds %d chats and %d movements of %s", len(x.Chats), len(x.Movements), x.Program)
	}
	for _, move := range x.Movements {
		if strings.Contains(move.Check, "KZT") {
			b.t.Errorf("the export tells of Almaty: %+v", move)
		}
	}
	if _, err := b.kava.service.app.engine.ExportMember(b.t.Context(), b.kava.program.ID, b.client.member.ID); !engine.IsKind(err, engine.KindNotFound) {
		b.t.Errorf("a member of the other program is exported: %v", err)
	}
}

// erase leaves one program; the other knows the person as before.
func (b *bridge) erase() {
	b.guest.say("/delete_me")
	b.guest.tap("v1|guest|delete2")
	b.guest.tap("v1|guest|erase")
	b.guest.sees(b.kava.says("guest.delete.farewell", locales.Args{"Program": "Кава"}))
	b.kava.answers(b.colleague, b.guest.card.number, b.kava.says("error.guest_not_found"))
	if staff := b.murt.known(b.cashier).Staff; staff == nil || staff.Disabled {
		b.t.Errorf("after leaving one program the person is %+v in the other", staff)
	}
	b.murt.posts(1, b.client, "a sale by whoever has left the other program", func() {
		b.murt.answers(b.cashier, "/accrue "+b.client.card.number+" 1000", b.murt.says("staff.receipt.earned", locales.Args{"Name": b.client.member.Name, "Earned": b.murt.points(100)}))
	})
}
