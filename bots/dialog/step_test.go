package dialog_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"kartka/bots"
	"kartka/bots/dialog"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/cardcode"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/storage/kv"
	"kartka/storage/storagetest"
)

// town is a program with people of every kind, on a real engine.
type town struct {
	t       *testing.T
	engine  *engine.Engine
	catalog *locales.Catalog
	program engine.Program
	bot     engine.Bot
	people  map[string]engine.Address
	deeds   int
}

var kinds = []string{"new", "guest", "cashier", "marketer", "manager", "owner", "dismissed", "guest and cashier", "guest and dismissed"}

func newTown(t *testing.T) *town {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	catalog.OnMissing = func(l locales.Language, key, arg string) { t.Errorf("%s: %s lacks %q", l, key, arg) }
	store := storagetest.Open(t, storagetest.SQLite(t))
	w := &town{t: t, catalog: catalog, people: map[string]engine.Address{}, engine: engine.New(engine.Config{Store: store, Codes: codes{kv.NewMemory(time.Now, 1000)}})}
	preset, _ := rules.LookupPreset("horeca")
	s := preset.Draft("Кава", money.Currency{Code: "UAH", Decimals: 2}, zone, []string{"uk", "en"}, 20000)
	everythingOn(&s)
	if w.program, err = w.engine.CreateProgram(t.Context(), "kava", &s, engine.ProgramActive); err != nil {
		t.Fatal(err)
	}
	w.bot = engine.Bot{ProgramID: w.program.ID, Channel: string(bots.Telegram), Sender: "1", Username: "kava_bot", Token: "1:x", Secret: "s"}
	if err := w.engine.AttachBot(t.Context(), w.bot); err != nil {
		t.Fatal(err)
	}
	for _, kind := range kinds {
		w.settle(kind)
	}
	return w
}

// everythingOn gives a program one of each mechanic, so that every command has something to show.
func everythingOn(s *rules.Settings) {
	s.Tiers = rules.Tiers{Basis: rules.TierBySpend, Downgrade: rules.DowngradeStep, List: []rules.Tier{{ID: "gold", Name: rules.Named("Gold"), From: 1_000_000, Rate: 700}}}
	s.Coupons = []rules.CouponKind{{ID: "cake", Name: rules.Named("Cake"), Gives: rules.Benefit{Kind: rules.GivesFree}, ByHand: true}}
	s.Codes = []rules.PromoCode{{Code: "HELLO", Coupon: "cake"}}
	s.Rewards = []rules.Reward{{ID: "cake", Name: rules.Named("Cake"), Cost: 80, Coupon: "cake"}}
	s.Gifts = rules.Certificates{On: true, Amounts: []money.Amount{50000}}
	s.Transfer.On, s.Sharing.People = true, 4
	s.Rules = []rules.Rule{{ID: "birthday", Name: rules.Named("Birthday"), On: rules.TriggerBirthday, When: rules.Condition{Birthday: rules.Window{Set: true}},
		Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 50}}}
}

type codes struct{ kv.Store }

func (c codes) PutOnce(ctx context.Context, key, value string, ttl time.Duration) (bool, error) {
	first, err := c.Once(ctx, key, ttl)
	if err != nil || !first {
		return false, err
	}
	return true, c.Set(ctx, key, value, ttl)
}

func (c codes) Count(ctx context.Context, key string, window time.Duration) (int, error) {
	n, err := c.Incr(ctx, key, window)
	return int(n), err
}

// settle makes a person of a kind.
func (w *town) settle(kind string) {
	w.t.Helper()
	a := engine.Address{Channel: w.bot.Channel, Sender: w.bot.Sender, UserID: fmt.Sprint(len(w.people) + 1)}
	w.people[kind] = a
	person, err := w.engine.Meet(w.t.Context(), w.program, w.bot, engine.Contact{Address: a, Name: "Особа", Locale: "uk"})
	if err != nil {
		w.t.Fatal(err)
	}
	if strings.HasPrefix(kind, "guest") {
		_, err := w.engine.Join(w.t.Context(), engine.JoinInput{ProgramID: w.program.ID, ContactID: person.Contact.ID, Name: "Гість", Language: "uk", Channel: a.Channel, Text: "join-v1"})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	roles := map[string]engine.Role{"cashier": engine.RoleCashier, "marketer": engine.RoleMarketer, "manager": engine.RoleManager, "owner": engine.RoleOwner,
		"dismissed": engine.RoleManager, "guest and cashier": engine.RoleCashier, "guest and dismissed": engine.RoleCashier}
	role, ok := roles[kind]
	if !ok {
		return
	}
	invited, err := w.engine.OperatorInvite(w.t.Context(), w.program.ID, role, "")
	if err != nil {
		w.t.Fatal(err)
	}
	staff, err := w.engine.AcceptInvite(w.t.Context(), w.program.ID, person.Contact.ID, invited.Token, "uk")
	if err != nil {
		w.t.Fatal(err)
	}
	if strings.HasSuffix(kind, "dismissed") {
		if err := w.engine.DismissStaff(w.t.Context(), w.program.ID, "", staff.ID); err != nil {
			w.t.Fatal(err)
		}
	}
}

// view is a deed of somebody, in a session.
func (w *town) view(kind string, event bots.Event, session talk.Session) talk.View {
	w.t.Helper()
	program, err := w.engine.Program(w.t.Context(), w.program.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	person, err := w.engine.PersonAt(w.t.Context(), program, w.bot, w.people[kind])
	if err != nil {
		w.t.Fatal(err)
	}
	event.From = bots.Address{Channel: bots.Telegram, Sender: w.bot.Sender, UserID: w.people[kind].UserID}
	event.Name, event.Locale = "Особа", "uk"
	v := talk.NewView(person, event, session, w.engine.Now(), w.catalog)
	v.App = appAddress
	return v
}

// appAddress is where the town's pages are.
const appAddress = "https://kava.example/app/kava/"

// step has a deed answered to its end, as the desk does it, but keeps no session.
func (w *town) step(v talk.View) talk.Output {
	w.t.Helper()
	w.deeds++
	v.Event.Key = fmt.Sprintf("u:%d", w.deeds)
	out := dialog.Step(v)
	say := out.Say
	for call := 0; out.Call != nil; call++ {
		if call == 8 {
			w.t.Fatalf("%s calls without end", v.Event.Kind)
		}
		then := out.Call.Run(w.t.Context(), w.engine, fmt.Sprintf("%s:%d", v.Event.Key, call))
		person, err := w.engine.PersonAt(w.t.Context(), v.Program, w.bot, v.Contact.Address)
		if err != nil {
			w.t.Fatal(err)
		}
		v = talk.NewView(person, v.Event, out.Session, w.engine.Now(), w.catalog)
		v.App = appAddress
		if out = then(v); out.Fail != nil {
			w.t.Fatalf("%s %s%s fails: %v", v.Event.Kind, v.Event.Command, v.Event.Text, out.Fail)
		}
		say = append(say, out.Say...)
	}
	out.Say = say
	return out
}

func press(id string) bots.Event {
	return bots.Event{Kind: bots.EventPress, Press: &bots.Press{ID: id, Query: "q", Ref: "77"}}
}

// deeds are what a person can do in a private chat.
func deeds() map[string]bots.Event {
	some := "01927f3e-5b7a-7c31-9d2e-0a1b2c3d4e5f"
	token := cardcode.NewToken([16]byte{9})
	all := map[string]bots.Event{
		"start":               {Kind: bots.EventStart},
		"start from a table":  {Kind: bots.EventStart, Payload: "l_ab12cd--q_table4"},
		"start by invitation": {Kind: bots.EventStart, Payload: "i_k7m2p9rstu"},
		"start by a card":     {Kind: bots.EventStart, Payload: "c_" + token},
		"start to work":       {Kind: bots.EventStart, Payload: "s_" + token},
		"start to rate":       {Kind: bots.EventStart, Payload: "r_" + token},
		"start with nonsense": {Kind: bots.EventStart, Payload: "zzz"},
		"unknown command":     {Kind: bots.EventCommand, Command: "nonsense", Text: "1 2 3"},
		"foreign command":     {Kind: bots.EventCommand, Command: "допомога"},
		"words":               {Kind: bots.EventText, Text: "добрий день"},
		"emoji":               {Kind: bots.EventText, Text: "🍎"},
		"a phone":             {Kind: bots.EventText, Text: "067 123 45 67"},
		"a sum":               {Kind: bots.EventText, Text: "250"},
		"a card and a sum":    {Kind: bots.EventText, Text: "123456786 250"},
		"blank":               {Kind: bots.EventText, Text: "\u2800"},
		"a novel":             {Kind: bots.EventText, Text: strings.Repeat("я", 4096)},
		"own contact":         {Kind: bots.EventContact, Contact: &bots.Contact{Phone: "garbage", Own: true}},
		"another's contact":   {Kind: bots.EventContact, Contact: &bots.Contact{Phone: "+380671234567"}},
		"contact of nothing":  {Kind: bots.EventContact},
		"sticker":             {Kind: bots.EventOther},
		"something new":       {Kind: "teleported"},
	}
	for _, c := range dialog.Commands() {
		all["/"+c.Name] = bots.Event{Kind: bots.EventCommand, Command: c.Name}
		all["/"+c.Name+" nonsense"] = bots.Event{Kind: bots.EventCommand, Command: c.Name, Text: "🍎 << 1e9"}
	}
	for _, id := range []string{"v1|guest|home", "v1|guest|why|" + some, "v1|guest|erase||m", "v1|guest|yes|" + some, "v1|guest|lang|en", "v1|guest|nonsense",
		"v1|guest|rate|" + some + ".5", "v1|guest|rate|" + some, "v1|guest|rate|+" + token + ".1", "v1|guest|write|" + some, "v1|guest|skip|+nonsense", "v1|owner|feedback|30", "v1|owner|lowmarks|" + some,
		"v1|staff|home", "v1|staff|add||m", "v1|staff|undo|" + some, "v1|staff|nonsense", "v1|owner|home", "v1|owner|setstate|pause|m", "v1|owner|nonsense",
		"v1|market|home", "v1|market|list|7", "v1|market|ready", "v1|market|seg|ready:vip", "v1|market|seg|" + some, "v1|market|write", "v1|market|count|ready:vip", "v1|market|facts", "v1|market|again||m", "v1|market|save|ready:vip",
		"v1|market|save||m", "v1|market|keep|ready:new", "v1|market|keep||m", "v1|market|rename|" + some, "v1|market|name||m", "v1|market|sentence||m", "v1|market|delete|" + some, "v1|market|deleted|" + some + "|m",
		"v1|market|with|ready:vip", "v1|market|without||m", "v1|market|pick||m", "v1|market|picks||m", "v1|market|take|ready:vip|m", "v1|market|agreed||m", "v1|market|leave||m", "v1|market|nonsense",
		"v1|nobody|home", "v2|guest|home", "", "🍎", strings.Repeat("v1|", 30)} {
		all["press "+id] = press(id)
	}
	return all
}

// Whatever anybody does in a private chat, in whatever state the program is, is answered, and the answer can be sent.
func TestEveryDeedIsAnswered(t *testing.T) {
	w := newTown(t)
	sessions := map[string]talk.Session{
		"home": {}, "joining": talk.In("guest", "join", nil), "phone": talk.In("guest", "phone", nil), "comment": talk.In("guest", "say", map[string]any{"purchase": "nonsense", "until": time.Now().Add(time.Hour)}), "sale": talk.In("staff", "sale", nil), "waiting": talk.In("staff", "wait", nil),
		"code": talk.In("staff", "code", nil), "wizard": talk.In("owner", "w.name", nil), "new place": talk.In("owner", "newplace", nil), "gone": talk.In("alchemist", "gold", nil),
		"writing": talk.In("market", "write", nil).Marked("m"), "sentence": talk.In("market", "sentence", map[string]any{"expr": map[string]any{"fact": "consent"}}).Marked("m"), "naming": talk.In("market", "name", nil).Marked("m"),
		"picking": talk.In("market", "pick", map[string]any{"errand": map[string]any{"for": "with", "kept": map[string]any{"expr": map[string]any{"all": []any{}}}}}).Marked("m"), "lost errand": talk.In("market", "pick", map[string]any{"errand": map[string]any{"for": "treasure"}}).Marked("m"),
	}
	telegram, _ := bots.CapabilitiesOf(bots.Telegram)
	for _, state := range []engine.ProgramState{engine.ProgramActive, engine.ProgramPaused, engine.ProgramSetup} {
		if err := w.engine.SetState(t.Context(), w.program.ID, "", state); err != nil {
			t.Fatal(err)
		}
		for _, kind := range kinds {
			for at, session := range sessions {
				for name, event := range deeds() {
					if at != "home" && event.Kind == bots.EventCommand {
						continue // commands mean the same everywhere
					}
					what := fmt.Sprintf("%s, %s, at %s, %s", state, kind, at, name)
					out := w.step(w.view(kind, event, session))
					w.answered(what, event, out.Say, telegram)
				}
			}
		}
	}
}

func (w *town) answered(what string, event bots.Event, say []bots.Message, can bots.Capabilities) {
	w.t.Helper()
	acks, words := 0, 0
	for _, m := range say {
		if m.Ack != nil {
			acks++
		}
		if m.Text != "" || m.Ack != nil && m.Ack.Text != "" {
			words++
		}
		if m.ChatID != "" {
			w.t.Errorf("%s: answered in chat %q", what, m.ChatID)
		}
		if _, losses := bots.Fit(m, can); len(losses) > 0 {
			w.t.Errorf("%s: %q loses %+v", what, m.Text, losses)
		}
		for _, row := range m.Buttons {
			for _, b := range row {
				if _, ok := talk.ParseID(b.ID); b.ID != "" && !ok {
					w.t.Errorf("%s: button %q cannot be pressed", what, b.ID)
				}
			}
		}
	}
	forged := event.Press != nil && words == 0
	switch {
	case len(say) == 0 || words == 0 && !forged:
		w.t.Errorf("%s: nobody answers", what)
	case event.Press != nil && acks != 1, event.Press == nil && acks != 0:
		w.t.Errorf("%s: %d acknowledgements", what, acks)
	}
}

// What is no conversation is answered in no private chat.
func TestWhatIsNotSaidToTheBot(t *testing.T) {
	w := newTown(t)
	for _, state := range []engine.ProgramState{engine.ProgramSetup, engine.ProgramPaused, engine.ProgramActive} {
		if err := w.engine.SetState(t.Context(), w.program.ID, "", state); err != nil {
			t.Fatal(err)
		}
		for _, kind := range kinds {
			for _, event := range []bots.Event{
				{Kind: bots.EventIgnored}, {Kind: bots.EventIgnored, ChatID: "-5", Text: "hello"}, {Kind: bots.EventIgnored, Command: "card"},
				{Kind: bots.EventBlocked}, {Kind: bots.EventUnblocked},
			} {
				if out := w.step(w.view(kind, event, talk.Session{})); len(out.Say) != 0 {
					t.Errorf("%s, %s, %s: the bot says %q", state, kind, event.Kind, out.Say[0].Text)
				}
			}
			for name, event := range map[string]bots.Event{
				"added": {}, "command": {Command: "card"}, "staff's command": {Command: "today"}, "start": {Command: "start", Payload: "c_" + cardcode.NewToken([16]byte{9})},
				"press": press("v1|guest|home"),
			} {
				event.Kind, event.ChatID = bots.EventGroup, "-5"
				v := w.view(kind, event, talk.Session{})
				out := w.step(v)
				if len(out.Say) != 1 || out.Say[0].ChatID != "-5" || out.Say[0].Text != v.Rich("guest.group.text") || out.Say[0].Photo != nil || out.Say[0].Slot != "" {
					t.Errorf("%s, %s, %s in a group: %+v", state, kind, name, out.Say)
				}
				if (event.Press != nil) != (out.Say[0].Ack != nil) {
					t.Errorf("%s, %s, %s in a group: acknowledged as %+v", state, kind, name, out.Say[0].Ack)
				}
			}
		}
	}
}

// A command somebody may not use is answered as one that does not exist.
func TestCommandsOfOthersDoNotExist(t *testing.T) {
	w := newTown(t)
	refused := map[string]int{}
	for _, kind := range kinds {
		want := w.step(w.view(kind, bots.Event{Kind: bots.EventCommand, Command: "nonsense"}, talk.Session{})).Say
		for _, c := range dialog.Commands() {
			v := w.view(kind, bots.Event{Kind: bots.EventCommand, Command: c.Name}, talk.Session{})
			if c.May == nil || c.May(v) {
				continue
			}
			refused[kind]++
			got := w.step(v).Say
			if len(got) != 1 || got[0].Text != want[0].Text || got[0].Text[:len(v.Rich("guest.help.unknown"))] != v.Rich("guest.help.unknown") {
				t.Errorf("%s: /%s is answered %+v", kind, c.Name, got)
			}
		}
	}
	if refused["new"] < 8 || refused["dismissed"] != refused["new"] || refused["guest"] != refused["new"] || refused["cashier"] == 0 || refused["marketer"] == 0 || refused["owner"] != 0 {
		t.Errorf("commands refused: %v", refused)
	}
}

// The link of /scanner and /web signs a browser in as whoever asked for it, once, and cannot be passed on by a tap.
func TestLinksForBrowsers(t *testing.T) {
	w := newTown(t)
	for _, c := range []struct{ kind, command, to string }{{"cashier", "scanner", "?to=scan%2F"}, {"guest", "web", ""}, {"guest and cashier", "web", ""}} {
		v := w.view(c.kind, bots.Event{Kind: bots.EventCommand, Command: c.command}, talk.Session{})
		out := w.step(v)
		if len(out.Say) != 1 || !out.Say[0].NoForward || !out.Say[0].Expires.After(v.Now) {
			t.Fatalf("%s: /%s says %+v", c.kind, c.command, out.Say)
		}
		link := out.Say[0].Buttons[0][0].URL
		token, below := strings.CutPrefix(link, appAddress+"in/")
		token, to := strings.CutSuffix(token, c.to)
		if !below || !to || len(token) != 22 {
			t.Fatalf("%s: /%s leads to %s", c.kind, c.command, link)
		}
		if strings.Contains(string(out.Say[0].Text), token) {
			t.Errorf("%s: the link stands in the text, where messengers look at it", c.kind)
		}
		if got, err := w.engine.TakeLogin(t.Context(), w.program.ID, token); err != nil || got != v.Contact.ID {
			t.Errorf("%s: the link is of %q, %v", c.kind, got, err)
		}
	}
	for kind, id := range map[string]string{"guest": "v1|staff|browser", "marketer": "v1|staff|browser", "new": "v1|guest|web"} {
		for _, m := range w.step(w.view(kind, press(id), talk.Session{})).Say {
			for _, b := range slices.Concat(m.Buttons...) {
				if b.URL != "" {
					t.Errorf("%s pressed %s and got %s", kind, id, b.URL)
				}
			}
		}
	}
}

// The law of setBotCommands: core.telegram.org/bots/api#botcommand.
var commandShape = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

func TestCommandsCanBeInMenus(t *testing.T) {
	catalog, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range dialog.Commands() {
		if !commandShape.MatchString(c.Name) || slices.Contains(names, c.Name) || c.Handle == nil {
			t.Errorf("command %+v cannot be typed", c)
		}
		names = append(names, c.Name)
		for _, l := range locales.Languages() {
			p := catalog.Printer(l)
			switch about := p.T(c.About); {
			case c.Hidden:
			case !p.Has(c.About):
				t.Errorf("%s: /%s has no line in the menu: %q", l, c.Name, c.About)
			case len([]rune(about)) < 3 || len([]rune(about)) > 256 || strings.ContainsAny(about, "\n<>{["):
				t.Errorf("%s: /%s is described as %q", l, c.Name, about)
			}
		}
	}
	for _, name := range strings.Fields("start balance card history why invite settings language stop privacy export delete_me help accrue redeem today undo location") {
		if !slices.Contains(names, name) {
			t.Errorf("there is no /%s", name)
		}
	}
	if len(names) > 100 {
		t.Errorf("a menu takes 100 commands, not %d", len(names))
	}
}

// Every notice of the engine has words for whoever it is for, and none for strangers.
func TestNoticesHaveWords(t *testing.T) {
	w := newTown(t)
	posted := &engine.Posted{SaleID: "s", MemberID: "m", Total: 20000, Payable: 20000, Earned: 10, At: w.engine.Now()}
	args := map[string]any{"points": int64(5), "name": "Олена", "role": "cashier", "note": "помилка"}
	for _, n := range []struct {
		kind engine.NoticeKind
		to   string
	}{
		{engine.NoticeSale, "guest"}, {engine.NoticeReturn, "guest"}, {engine.NoticeAdjust, "guest"}, {engine.NoticeWelcome, "guest"}, {engine.NoticeExpired, "guest"},
		{engine.NoticeSpendClosed, "guest"}, {engine.NoticeFriend, "guest"}, {engine.NoticeSpendDone, "cashier"}, {engine.NoticeSpendDenied, "cashier"},
		{engine.NoticeSpendLate, "cashier"}, {engine.NoticeStaffJoined, "owner"}, {engine.NoticeStaffLeft, "dismissed"},
	} {
		say := dialog.Notice(w.view(n.to, bots.Event{}, talk.Session{}), engine.Notice{Kind: n.kind, Args: args, Posted: posted, PostingID: "p", HoldID: "h"})
		if len(say) == 0 || say[0].Text == "" || say[0].Purpose != bots.PurposeService {
			t.Errorf("%s to %s: %+v", n.kind, n.to, say)
		}
	}
	if say := dialog.Notice(w.view("guest", bots.Event{}, talk.Session{}), engine.Notice{Kind: "fireworks"}); len(say) != 0 {
		t.Errorf("a notice nobody knows is told as %q", say[0].Text)
	}
	if say := dialog.Notice(w.view("new", bots.Event{}, talk.Session{}), engine.Notice{Kind: engine.NoticeSale, Posted: posted}); len(say) != 0 {
		t.Errorf("somebody without a card is told of a sale: %q", say[0].Text)
	}
}
