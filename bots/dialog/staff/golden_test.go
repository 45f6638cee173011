package staff

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// scene is a screen with its name.
type scene struct {
	name string
	say  []bots.Message
}

// scenes are all screens of the counter in a language.
func scenes(tb testing.TB, lang locales.Language) []scene {
	tb.Helper()
	v := viewOf(tb, lang)
	tap := viewOf(tb, lang, pressed)
	manager := viewOf(tb, lang, role(engine.RoleManager))
	check := counter{Guest: oksana, Sum: 40000}
	waiting := counter{Guest: oksana, Sum: 40000, Offer: 120, Asked: &asked{Hold: idHold, Guest: oksana, Sum: 40000, Points: 120}}
	waits := viewOf(tb, lang, at(stepWait, waiting))
	day := engine.Totals{Sales: 12, Amount: 345050, Earned: 172, Burned: 60, Members: 11, New: 2}
	busy := engine.Totals{Sales: 131, Amount: 4120000, Earned: 2060, Burned: 820, Returns: 1, New: 7}
	earned := engine.Posted{SaleID: idSale, MemberID: idMember, Total: 40000, Payable: 40000, Earned: 20, At: noon, Balance: enough(175)}
	spent := engine.Posted{SaleID: idSale, MemberID: idMember, Total: 40000, Payable: 28000, Redeemed: 120, RedeemMoney: 12000, Earned: 14, At: noon, Balance: enough(49)}
	covered := engine.Posted{SaleID: idSale, Total: 12000, Redeemed: 120, RedeemMoney: 12000, At: noon, Balance: enough(35)}
	nothing := engine.Posted{SaleID: idSale, Total: 4000, Payable: 4000, At: noon, Balance: engine.Balance{Total: -5, Debt: 5}}
	undo := engine.Posted{SaleID: idSale, MemberID: idMember, Total: 40000, Revoked: 14, Restored: 120, Balance: enough(155), At: noon}

	var all []scene
	add := func(name string, out talk.Output) {
		if out.Call != nil {
			tb.Fatalf("%s: calls the engine", name)
		}
		all = append(all, scene{name, out.Say})
	}
	tell := func(name string, say []bots.Message) { all = append(all, scene{name, say}) }
	offerIn := func(v talk.View, c counter, available money.Points) talk.Output {
		return offered(v, c, note{}, reckoned(tb, v, c, available, enough(available)), nil)
	}

	add("joined: cashier", greeted(v, nil, nil))
	add("joined: cashier, place to choose", greeted(viewOf(tb, lang, nowhere), places, nil))
	add("joined: manager", greeted(manager, nil, nil))
	add("joined: marketer", Joined(viewOf(tb, lang, role(engine.RoleMarketer)), nil))
	add("joined: invitation over", Joined(v, refusedBy(engine.KindExpired, "invite_over")))
	add("home: quiet", homeShown(v, note{}, shop{}, nil))
	add("home: busy manager", homeShown(viewOf(tb, lang, role(engine.RoleManager), at(stepHome, counter{Last: &last{Sale: idSale, Sum: 40000, At: noon}})),
		note{}, shop{today: day, places: places}, nil))
	add("who", whoForm(v, counter{}, note{}))
	add("who: sum first", whoForm(v, counter{Sum: 25050}, note{}))
	add("who: not found by command", lost(viewOf(tb, lang, command(cmdAccrue, "x")), counter{}, v.T("error.guest_not_found")))
	add("who: bad points by command", redeem(viewOf(tb, lang, command(cmdRedeem, "0671234567 400 ☕"))))
	add("pick", pickForm(v, counter{Choice: []guest{oksana, {ID: idOther, Card: "234567891"}}}, note{}))
	add("place", placesShown(v, counter{}, note{}, places))
	add("place: typed", placesShown(v, counter{}, note{problem: v.Rich("staff.place.tap")}, places))
	add("place: none", placesShown(v, counter{}, note{}, nil))
	add("place: gone", placesShown(v, counter{}, note{problem: v.Rich("staff.place.gone")}, places))
	add("sum", offered(v, counter{Guest: oksana}, note{}, quotes{plain: engine.Quote{Before: engine.Balance{Available: 155, Pending: 20, Held: 30}}}, nil))
	add("sum: in debt", offered(v, counter{Guest: guest{ID: idMember, Card: "123456786"}}, note{}, quotes{plain: engine.Quote{Before: engine.Balance{Debt: 5, Total: -5}}}, nil))
	for _, text := range []string{"1e9", "-50", "99999999999", "0.505", "1,200", "0"} {
		add("sum: "+text, summed(v, counter{Guest: oksana}, readSum(v, text), note{}))
	}
	add("offer", offerIn(v, check, 155))
	add("offer: chosen", offerIn(v, counter{Guest: oksana, Sum: 40000, Points: 50}, 155))
	add("offer: all of it", offerIn(v, counter{Guest: oksana, Sum: 40000}, 1))
	add("offer: nothing to spend", offerIn(v, check, 0))
	add("offer: small check", offerIn(v, counter{Guest: oksana, Sum: 2000}, 155))
	add("offer: changed", offered(v, check, note{problem: v.Rich("staff.offer.changed")}, reckoned(tb, v, check, 30, enough(30)), nil))
	add("amount", amountForm(v, counter{Guest: oksana, Sum: 40000, Limit: 120}, note{}))
	for _, text := range []string{"121", "☕", "9999999999999999"} {
		add("amount: "+text, amountTyped(v, counter{Guest: oksana, Sum: 40000, Limit: 120}, text))
	}
	add("amount: none left", amountTyped(v, counter{Guest: oksana, Sum: 40000}, "5"))
	add("wait", waitScreen(v, waiting, note{}))
	add("code", codeForm(v, waiting, note{}))
	add("code: no chat", reserved(v, waiting, engine.Reserved{}, nil))
	add("code: not live", proved(waits, waiting, "x", proof{found: engine.Found{Member: engine.Member{ID: idMember}}}, nil))
	add("code: of another", proved(viewOf(tb, lang, at(stepCode, waiting)), waiting, "x", proof{found: engine.Found{Member: engine.Member{ID: idOther, Name: "Ivan"}}}, nil))
	add("receipt: earned", posted(tap, check, earned, nil))
	add("receipt: spent", posted(tap, check, spent, nil))
	add("receipt: covered", posted(tap, check, covered, nil))
	add("receipt: nothing, in debt", posted(viewOf(tb, lang, nowhere), check, nothing, nil))
	add("receipt: second tap", stale(viewOf(tb, lang, at(stepReceipt, check.made(earned, "Оксана", nil)), pressed)))
	add("stale", stale(viewOf(tb, lang, at(stepWho, counter{}), pressed)))
	add("limit", stopped(v, check, &engine.Error{Kind: engine.KindLimit, ID: "staff_daily_limit", Args: map[string]any{"Max": 500}}))
	add("undone: same guest", undone(viewOf(tb, lang, at(stepReceipt, counterMade(check, spent)), pressed), undo, nil))
	add("undone: gone", undone(viewOf(tb, lang, pressed), undo, nil))
	add("undo: nothing", undoFound(v, counter{}, "", &engine.Error{Kind: engine.KindNotFound, ID: "not_found"}))
	add("today: cashier", todayShown(v, dayOf(day), nil))
	add("today: manager", todayShown(manager, managers(day, busy), nil))
	tell("notice: confirmed", Notice(waits, engine.Notice{Kind: engine.NoticeSpendDone, HoldID: idHold, Posted: &spent, Args: map[string]any{"name": "Оксана"}}))
	tell("notice: confirmed, next guest already there", Notice(v, engine.Notice{Kind: engine.NoticeSpendDone, HoldID: idHold, Posted: &spent, Args: map[string]any{"name": "Оксана"}}))
	for _, kind := range []engine.NoticeKind{engine.NoticeSpendDenied, engine.NoticeSpendLate} {
		n := engine.Notice{Kind: kind, HoldID: idHold, Args: map[string]any{"points": int64(120)}}
		tell(fmt.Sprintf("notice: %s", kind), Notice(waits, n))
		tell(fmt.Sprintf("notice: %s, next guest already there", kind), Notice(v, n))
	}
	tell("notice: joined", Notice(manager, engine.Notice{Kind: engine.NoticeStaffJoined, Args: map[string]any{"name": "Ольга <b>", "role": "cashier"}}))
	tell("notice: nameless joined", Notice(manager, engine.Notice{Kind: engine.NoticeStaffJoined, Args: map[string]any{"name": "\u200b", "role": "manager"}}))
	tell("notice: left", Notice(v, engine.Notice{Kind: engine.NoticeStaffLeft}))
	add("home: with a Mini App", homeShown(viewOf(tb, lang, inApp), note{}, shop{}, nil))
	add("home: with a Mini App, busy manager", homeShown(viewOf(tb, lang, inApp, role(engine.RoleManager), at(stepHome, counter{Last: &last{Sale: idSale, Sum: 40000, At: noon}})),
		note{}, shop{today: day, places: places}, nil))
	login := talk.Login{Link: "https://kava.example/app/kava/in/AAAAAAAAAAAAAAAAAAAAAA?to=scan%2F", Until: noon.Add(10 * time.Minute)}
	add("scanner in a browser", browserShown(viewOf(tb, lang, inApp, command("scanner", "")), login, nil))
	add("scanner in a browser: too many links", browserShown(viewOf(tb, lang, inApp, pressed), talk.Login{}, refusedBy(engine.KindLimit, "too_many_logins")))
	return all
}

func counterMade(c counter, p engine.Posted) counter { return c.made(p, c.Guest.Name, nil) }

func dayOf(own engine.Totals) day { return day{own: own} }

func managers(own, all engine.Totals) day { return day{own: own, here: &own, all: &all} }

func TestScreensGolden(t *testing.T) {
	for _, lang := range locales.Languages() {
		t.Run(string(lang), func(t *testing.T) {
			golden(t, "screens."+string(lang), scenes(t, lang))
			golden(t, "mechanics."+string(lang), mechanicsScenes(t, lang))
		})
	}
}

// golden compares scenes with their file.
func golden(t *testing.T, name string, scenes []scene) {
	t.Helper()
	var b strings.Builder
	for _, s := range scenes {
		fmt.Fprintf(&b, "=== %s\n", s.name)
		for _, m := range s.say {
			write(&b, m)
		}
	}
	got := strings.ReplaceAll(b.String(), "\u00a0", "·")
	name = filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		if i >= len(gotLines) || i >= len(wantLines) || gotLines[i] != wantLines[i] {
			t.Fatalf("%s differs at line %d: run with -update and read the difference", name, i+1)
		}
	}
}

// write puts a message down as it is read: toast, text, rows of buttons.
func write(b *strings.Builder, m bots.Message) {
	if m.Ack != nil && m.Ack.Text != "" {
		fmt.Fprintf(b, "(%s)\n", m.Ack.Text)
	}
	if m.Photo != nil {
		fmt.Fprintf(b, "(QR %s)\n", m.Photo.QR)
	}
	fmt.Fprintln(b, m.Text)
	for _, row := range m.Buttons {
		for _, button := range row {
			fmt.Fprintf(b, "[%s] ", strings.TrimSpace(button.Text+" "+button.App+button.URL))
		}
		fmt.Fprintln(b)
	}
	fmt.Fprintln(b)
}

// TestScreensFit holds every screen in every language to the limits of a phone and of the messenger.
func TestScreensFit(t *testing.T) {
	telegram, _ := bots.CapabilitiesOf(bots.Telegram)
	c, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	c.OnMissing = func(lang locales.Language, key, arg string) { t.Errorf("%s: %s lacks %s", lang, key, arg) }
	defer func() { c.OnMissing = nil }()
	for _, lang := range locales.Languages() {
		for _, s := range append(scenes(t, lang), mechanicsScenes(t, lang)...) {
			for _, m := range s.say {
				if _, loss := bots.Fit(m, telegram); len(loss) > 0 {
					t.Errorf("%s: %s: loses %v", lang, s.name, loss)
				}
				if len(m.Buttons) == 0 && m.Ask == nil && m.Text != "" {
					t.Errorf("%s: %s: a dead end", lang, s.name)
				}
				if err := bots.Validate(m.Text); err != nil {
					t.Errorf("%s: %s: %v", lang, s.name, err)
				}
				for _, row := range m.Buttons {
					most := map[int]int{1: 30, 2: 18, 4: 9}[len(row)]
					for _, b := range row {
						if _, ok := talk.ParseID(b.ID); b.Copy == "" && b.App == "" && b.URL == "" && !ok || len(b.ID) > 64 {
							t.Errorf("%s: %s: button id %q", lang, s.name, b.ID)
						}
						if n := bots.UTF16Len(b.Text); n > most {
							t.Errorf("%s: %s: %q has %d units in a row of %d", lang, s.name, b.Text, n, len(row))
						}
					}
				}
			}
		}
	}
}

// TestFreshScreens sends a screen anew after typing and edits it after a press.
func TestFreshScreens(t *testing.T) {
	for change, fresh := range map[string]bool{"typed": true, "pressed": false} {
		v := viewOf(t, locales.EN)
		if !fresh {
			pressed(&v)
		}
		m := whoForm(v, counter{}, note{}).Say[0]
		if m.Slot != bots.SlotScreen || m.Fresh != fresh {
			t.Errorf("%s: %+v", change, m)
		}
	}
}

// TestTimesAreTheShops prints a receipt's time on the shop's clock.
func TestTimesAreTheShops(t *testing.T) {
	v := viewOf(t, locales.EN)
	text := receiptText(v, receipt{Posted: engine.Posted{At: time.Date(2026, time.November, 21, 22, 5, 0, 0, time.UTC)}})
	if !strings.Contains(string(text), "00:05") {
		t.Errorf("receipt %q", text)
	}
}
