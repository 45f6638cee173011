package staff

import (
	"sync"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

var catalog = sync.OnceValues(locales.New)

// noon is when the tests happen: Saturday, 21 November, in Kyiv.
var noon = time.Date(2026, time.November, 21, 12, 35, 0, 0, time.UTC)

const (
	idStaff  = "018f0000-0000-7000-8000-00000000a001"
	idMember = "018f0000-0000-7000-8000-00000000b001"
	idOther  = "018f0000-0000-7000-8000-00000000b002"
	idOwn    = "018f0000-0000-7000-8000-00000000b003"
	idPlace  = "018f0000-0000-7000-8000-00000000c001"
	idPlace2 = "018f0000-0000-7000-8000-00000000c002"
	idSale   = "018f0000-0000-7000-8000-00000000d001"
	idHold   = "018f0000-0000-7000-8000-00000000e001"
)

var (
	oksana = guest{ID: idMember, Name: "Оксана", Card: "123456786"}
	places = []engine.Location{{ID: idPlace, Name: "Хрещатик, 12"}, {ID: idPlace2, Name: "Поділ"}}
)

// viewOf makes the view of a cashier of a coffee shop in Kyiv who reads the language.
func viewOf(tb testing.TB, lang locales.Language, change ...func(*talk.View)) talk.View {
	tb.Helper()
	c, err := catalog()
	if err != nil {
		tb.Fatal(err)
	}
	currency, err := money.LookupCurrency("UAH")
	if err != nil {
		tb.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		tb.Fatal(err)
	}
	preset, _ := rules.LookupPreset("horeca")
	settings := preset.Draft("Кава на розі", currency, zone, []string{"uk", "en"}, 20000)
	contact := engine.Contact{ID: "contact", Language: string(lang), Name: "Ігор", StaffID: idStaff,
		Address: engine.Address{Channel: "telegram", Sender: "1", UserID: "2"}}
	person := engine.Person{
		Program: engine.Program{ID: "program", Settings: &settings, State: engine.ProgramActive},
		Bot:     engine.Bot{Channel: "telegram", Username: "kava_bot"},
		Contact: contact,
		Staff:   &engine.Staff{ID: idStaff, Role: engine.RoleCashier, Name: "Ігор", LocationID: idPlace},
		Member:  &engine.Member{ID: idOwn, Name: "Ігор", State: engine.MemberActive},
		Place:   &places[0],
	}
	event := bots.Event{Kind: bots.EventText, From: bots.Address{Channel: bots.Telegram, Sender: "1", UserID: "2"}, Key: "42"}
	v := talk.NewView(person, event, talk.Session{}, noon, c)
	for _, f := range change {
		f(&v)
	}
	return v
}

func typed(text string) func(*talk.View) {
	return func(v *talk.View) { v.Event.Kind, v.Event.Text = bots.EventText, text }
}

func command(name, text string) func(*talk.View) {
	return func(v *talk.View) { v.Event.Kind, v.Event.Command, v.Event.Text = bots.EventCommand, name, text }
}

// pressed is a tap on a button of the current screen.
func pressed(v *talk.View) {
	v.Event.Kind, v.Event.Key, v.Event.Press = bots.EventPress, "43", &bots.Press{Query: "q", Ref: "7"}
	v.Contact.Slots = map[string]string{bots.SlotScreen: "7"}
}

func at(step string, c counter) func(*talk.View) {
	return func(v *talk.View) { v.Session = talk.In(Flow, step, c).Marked("now") }
}

// inApp gives the shop a Mini App.
func inApp(v *talk.View) { v.App = "https://kava.example/app/kava/" }

func nowhere(v *talk.View) { v.Place, v.Staff = nil, &engine.Staff{ID: idStaff, Role: v.Staff.Role} }

func role(r engine.Role) func(*talk.View) {
	return func(v *talk.View) { v.Staff = &engine.Staff{ID: idStaff, Role: r, LocationID: idPlace} }
}

// reckoned is what the engine would quote.
func reckoned(tb testing.TB, v talk.View, c counter, available money.Points, before engine.Balance) quotes {
	tb.Helper()
	evaluate := func(redeem money.Points, most bool) rules.Result {
		r, err := rules.Evaluate(rules.Input{Settings: v.Program.Settings, Lines: []rules.Line{{Quantity: 1000, Net: c.Sum}}, OccurredAt: v.Now,
			Known: true, Available: available, Debt: before.Debt, Redeem: redeem, RedeemMax: most})
		if err != nil {
			tb.Fatal(err)
		}
		return r
	}
	most := evaluate(0, true)
	q := quotes{plain: engine.Quote{Result: evaluate(0, false), Before: before, EarnIfMax: most.Earn, PayableIfMax: most.Payable}}
	if c.Points > 0 {
		q.spend = engine.Quote{Result: evaluate(c.Points, false), Before: before}
	}
	return q
}

func enough(available money.Points) engine.Balance {
	return engine.Balance{Total: available, Available: available}
}

func refusedBy(kind engine.Kind, id string) error { return &engine.Error{Kind: kind, ID: id} }
