package staff

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

func TestGoodsAreRead(t *testing.T) {
	v := viewOf(t, locales.UK, withMechanics)
	type line struct {
		category string
		net      money.Amount
		units    money.Quantity
	}
	tests := map[string][]line{
		"85 кава, 60 десерти":       {{"coffee", 8500, 1000}, {"cakes", 6000, 1000}},
		"85 coffee + 60 CAKES":      {{"coffee", 8500, 1000}, {"cakes", 6000, 1000}},
		"кава 85,50; десерти 60.25": {{"coffee", 8550, 1000}, {"cakes", 6025, 1000}},
		"85,50 кава,60 дес":         {{"coffee", 8550, 1000}, {"cakes", 6000, 1000}},
		"1 200 кава x3\n12":         {{"coffee", 120000, 3000}, {"", 1200, 1000}},
		"85 kawa х2":                {{"coffee", 8500, 2000}},
		"10, 20 beer":               {{"", 1000, 1000}, {"beer", 2000, 1000}},
	}
	for text, want := range tests {
		sum := readSum(v, text)
		if !sum.ok() {
			t.Errorf("%q: %s", text, sum.problem)
			continue
		}
		var got []line
		var total money.Amount
		for _, l := range sum.lines {
			got = append(got, line{l.Category, l.Net, l.Quantity})
			total += l.Net
		}
		if !slices.Equal(got, want) || total != sum.amount {
			t.Errorf("%q is read as %v, %d", text, got, sum.amount)
		}
	}
	for text, key := range map[string]string{"85 суші": "staff.goods.unknown", "1,200 кава": "staff.goods.unclear", "-5 кава": "staff.sum.negative",
		"0 кава": "staff.sum.nil", "Анна 0671234567": "staff.sum.not_number", "кава": "staff.sum.not_number", "1e9": "staff.sum.not_number"} {
		want := strings.SplitN(v.T(key, locales.Args{"Typed": "суші", "Goods": ""}), "»", 2)
		if sum := readSum(v, text); sum.ok() || !strings.Contains(string(sum.problem), strings.TrimSpace(want[len(want)-1])[:12]) {
			t.Errorf("%q: %+v", text, sum)
		}
	}
}

// TestGoodsNeedCategories keeps words out of sums where the shop has no categories.
func TestGoodsNeedCategories(t *testing.T) {
	v := viewOf(t, locales.EN)
	if sum := readSum(v, "85 coffee"); sum.ok() || sum.money {
		t.Errorf("read as %+v", sum)
	}
	if sum := readSum(v, "120 x2"); sum.ok() {
		t.Errorf("units without a stamp card are read as %+v", sum)
	}
	if hint := goodsHint(v); hint != "" {
		t.Errorf("hint %q", hint)
	}
}

func TestUnitsAreTypedOrTapped(t *testing.T) {
	v := viewOf(t, locales.EN, withMechanics)
	for text, units := range map[string]int{"120 x2": 2, "120х12": 12, "120 × 3": 3, "120*1": 1, "120": 0, "120 x0": 0, "120 x100": 0, "x2": 0} {
		if _, got := cutUnits(text); got != units {
			t.Errorf("%q has %d units", text, got)
		}
	}
	c := counter{Guest: oksana}.with(v, readSum(v, "120 x6"))
	if c.Sum != 12000 || c.units("coffee") != 6 || len(c.Lines) > 0 {
		t.Fatalf("counter %+v", c)
	}
	shown := offered(v, c, note{}, visited(t, v, c, 0, regular()), nil)
	if b, _ := buttonOf(shown, actMark); !strings.Contains(b.Text, "1") {
		t.Errorf("button %+v", b)
	}
	out := press(t, v, shown, actMark)
	if out.Call == nil {
		t.Fatal("the check is not reckoned anew")
	}
	if again := c.marked(unitCards(v)[0], 2).marked(unitCards(v)[0], 0); len(again.Marks) > 0 {
		t.Errorf("marks %v", again.Marks)
	}
	goods := c.with(v, readSum(v, "85 coffee"))
	if len(goods.Marks) > 0 || len(markRows(v, goods)) > 0 {
		t.Errorf("typed goods count by themselves, and yet %+v", goods.Marks)
	}
	for _, arg := range []string{"", "0", "9:1", "-1:1", "0:0", "0:5", "a:b"} {
		if out := markTapped(viewOf(t, locales.EN, withMechanics, at(stepWho, c), pressed), c, arg); out.Call != nil {
			t.Errorf("mark %q is taken", arg)
		}
	}
}

// TestCheckSurvivesTheQuestion keeps goods, units and certificates of a check while the guest is asked.
func TestCheckSurvivesTheQuestion(t *testing.T) {
	v := viewOf(t, locales.EN, withMechanics)
	c := counter{Guest: oksana, Sum: 40000, Offer: 100, tab: tab{Marks: []rules.Mark{{Card: "coffee", Units: 2}}, NoCoupons: true,
		Pays: []paper{{ID: idCertificate, Left: 30000}}, Off: 4000}}
	out := reserved(v, c, engine.Reserved{Hold: hold(idHold), Reachable: true}, nil)
	says(t, out, bots.Escape("260"))
	back := onCounter(after(v, out)).unasked()
	if back.Sum != c.Sum || back.units("coffee") != 2 || !back.NoCoupons || len(back.Pays) != 1 || back.Off != 4000 {
		t.Errorf("back on the counter: %+v", back)
	}
}

func TestOnlyKnownCertificatesPay(t *testing.T) {
	c := counter{Guest: oksana, Sum: 40000, Papers: []paper{{ID: idCertificate, Left: 30000}}}
	v := viewOf(t, locales.EN, withMechanics, at(stepSale, c), pressed)
	for _, action := range []string{actPay, actKeep} {
		v := v
		if action == actKeep {
			v.Session = talk.In(Flow, stepPaper, c).Marked("now")
		}
		forged := Press(v, talk.Pressed{Flow: Flow, Action: action, Arg: idOther, Mark: "now"})
		if got := onCounter(talk.View{Session: forged.Session}); len(got.Pays) > 0 {
			t.Errorf("%s: a foreign certificate pays", action)
		}
		out := Press(v, talk.Pressed{Flow: Flow, Action: action, Arg: idCertificate, Mark: "now"})
		if out.Call == nil {
			t.Errorf("%s: the certificate of the card does nothing", action)
		}
	}
	paid := c
	paid.Pays = c.Papers
	rows := paperRows(v, paid)
	if len(rows) != 1 || rows[0][0].Text != v.T("staff.btn.no_pay", locales.Args{"Left": v.Money(30000)}) {
		t.Errorf("buttons %+v", rows)
	}
	out := posted(v, paid, engine.Posted{}, refusedBy(engine.KindInsufficient, "certificate_empty"))
	if out.Call == nil {
		t.Error("a certificate that was empty ends the sale")
	}
	out = offered(v, paid, note{}, quotes{}, refusedBy(engine.KindForbidden, "certificate_blocked"))
	if out.Call == nil {
		t.Error("a certificate that was blocked ends the sale")
	}
}

// TestCodesStayOutOfTheSession looks for the code of a certificate in what is kept between two deeds.
func TestCodesStayOutOfTheSession(t *testing.T) {
	v := viewOf(t, locales.EN, withMechanics, role(engine.RoleManager))
	found := engine.Certificate{ID: idCertificate, Code: "771122334455", Left: 30000, State: engine.CertificateActive}
	for name, out := range map[string]talk.Output{
		"found": entered(v, counter{Guest: oksana}, entry{certificate: &found}, nil),
		"sold":  certificateSold(v, counter{Sell: &sell{}}, engine.CertificateSold{Certificate: found}, nil),
		"check": lookedUp(v, counter{Sell: &sell{}}, note{}, found, nil),
	} {
		raw, err := json.Marshal(out.Session)
		if err != nil || strings.Contains(string(raw), "7711") {
			t.Errorf("%s: %s, %v", name, raw, err)
		}
	}
}

func TestGiftIsHandedOverAndBack(t *testing.T) {
	v := viewOf(t, locales.UK, withMechanics, at(stepSale, counter{Guest: oksana, Sum: 40000}), pressed)
	member := engine.Member{ID: idMember, Name: "Оксана", Card: "123456786"}
	coupon := engine.Coupon{Coupon: rules.Coupon{ID: idGift, Kind: "dessert", State: rules.CouponActivated}, MemberID: idMember}
	out := awaitedShown(v, counter{Guest: oksana, Sum: 40000}, awaited{coupon, member}, nil)
	if !out.Session.At(Flow, stepGift) {
		t.Fatalf("session %+v", out.Session)
	}
	if got := press(t, v, out, actGiven); got.Call == nil {
		t.Error("nothing is handed over")
	}
	c := onCounter(after(v, out))
	done := handedOver(after(v, out, pressed), c, engine.Posted{PostingID: idPosting, MemberID: idMember}, nil)
	b, _ := buttonOf(done, actUngive)
	if p, _ := talk.ParseID(b.ID); p.Arg != idPosting || p.Mark != "" {
		t.Errorf("undo is %+v", b)
	}
	if got := onCounter(after(v, done)); got.Sum != 40000 {
		t.Error("the check is lost")
	}
	if again := Press(after(v, done, pressed), talk.Pressed{Flow: Flow, Action: actGiven, Mark: done.Session.Mark}); again.Call != nil {
		t.Error("it is handed over twice")
	}
	// From a receipt whose guest has gone: the check on the counter is another guest's.
	other := awaitedShown(v, counter{Guest: guest{ID: idOther}, Sum: 9900}, awaited{coupon, member}, nil)
	if got := onCounter(after(v, other)); got.Guest.ID != idMember || got.Sum != 0 {
		t.Errorf("counter %+v", got)
	}
	// From the receipt of the check itself: it is recorded, and must not be offered again.
	receipt := counter{Guest: oksana, Sum: 40000}.made(engine.Posted{SaleID: idSale, Total: 40000, At: noon}, "", nil)
	next := awaitedShown(viewOf(t, locales.UK, withMechanics, at(stepReceipt, receipt), pressed), receipt, awaited{coupon, member}, nil)
	if got := onCounter(after(v, next)); got.Guest.ID != idMember || got.Sum != 0 || got.Receipt != nil || got.Last == nil {
		t.Errorf("counter after a receipt: %+v", got)
	}
	for id, change := range map[string]func(*engine.Coupon){
		"coupon_used":        func(c *engine.Coupon) { c.State = rules.CouponApplied },
		"coupon_over":        func(c *engine.Coupon) { c.Expires = noon },
		"coupon_needs_check": func(c *engine.Coupon) { c.Kind = "off20" },
	} {
		c := coupon
		change(&c)
		out := awaitedShown(v, counter{}, awaited{c, member}, nil)
		if out.Say[0].Ack == nil || !out.Say[0].Ack.Alert || out.Say[0].Ack.Text != v.T("error."+id) {
			t.Errorf("%s: %+v", id, out.Say[0].Ack)
		}
	}
}

// TestCouponsCanWait leaves activated coupons for another time and takes them after all.
func TestCouponsCanWait(t *testing.T) {
	v := viewOf(t, locales.EN, withMechanics)
	c := counter{Guest: oksana, Sum: 40000}
	out := offered(v, c, note{}, visited(t, v, c, 0, regular()), nil)
	if b, _ := buttonOf(out, actCoupons); b.Text != v.T("staff.btn.coupons_later") {
		t.Errorf("button %+v", b)
	}
	c.NoCoupons = true
	out = offered(v, c, note{}, visited(t, v, c, 0, regular()), nil)
	if b, _ := buttonOf(out, actCoupons); b.Text != v.T("staff.btn.coupons_now") {
		t.Errorf("button %+v", b)
	}
	if got := press(t, v, out, actCoupons); got.Call == nil {
		t.Error("the check is not reckoned anew")
	}
}

// TestPlainSaleStaysShort lets nothing of the mechanics stand between a cashier and a plain sale.
func TestPlainSaleStaysShort(t *testing.T) {
	v := viewOf(t, locales.EN, withMechanics)
	c := counter{Guest: oksana, Sum: 40000}
	out := offered(v, c, note{}, visited(t, v, c, 0, visit{}), nil)
	if first := out.Say[0].Buttons[0][0]; first.Style != bots.StylePrimary || !strings.Contains(first.ID, "|"+actAdd+"|") {
		t.Errorf("the first button is %+v", first)
	}
	if strings.Contains(string(out.Say[0].Text), "💰") {
		t.Errorf("nothing is off the check, and yet: %s", out.Say[0].Text)
	}
}

func TestCertificatesAreForShopsThatSellThem(t *testing.T) {
	v := viewOf(t, locales.EN, withMechanics, at(stepSale, counter{Guest: oksana}), command("certificate", ""))
	out := certificate(v)
	if !out.Session.At(Flow, stepSell) {
		t.Fatalf("session %+v", out.Session)
	}
	if onCard := press(t, v, out, actSum); !onCard.Session.At(Flow, stepSelling) || onCounter(after(v, onCard)).Sell.Guest.ID != idMember {
		t.Errorf("session %+v", onCard.Session)
	}
	for text, step := range map[string]string{"500": stepSelling, "5 000": stepSelling, "5001": stepSell, "0": stepSell, "coffee": stepSell, "1,200": stepSell} {
		if got := sellTyped(v, counter{Sell: &sell{}}, text); !got.Session.At(Flow, step) {
			t.Errorf("%q leads to %s", text, got.Session.Step)
		}
	}
	if got := sellTyped(v, counter{Sell: &sell{}}, "1234 1234 1234"); got.Call == nil {
		t.Error("a code is not looked up")
	}
	if code := inFours("123456789012"); code != "1234 5678 9012" {
		t.Errorf("the code is written %q", code)
	}
	looked := counter{Sell: &sell{Found: idCertificate}}
	if out := Press(viewOf(t, locales.EN, withMechanics, at(stepCheck, looked), pressed), talk.Pressed{Flow: Flow, Action: actBlock, Mark: "now"}); out.Call == nil || onCounter(talk.View{Session: out.Session}).Sell.Sure {
		t.Error("a cashier blocks a certificate") // the screen is only read again
	}
	asked := block(viewOf(t, locales.EN, withMechanics, role(engine.RoleManager)), looked)
	if asked.Call != nil || !onCounter(after(v, asked)).Sell.Sure {
		t.Error("a certificate is blocked without a question")
	}
}
