package staff

import (
	"testing"
	"time"

	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

const (
	idGift        = "018f0000-0000-7000-8000-00000000f001"
	idCoupon      = "018f0000-0000-7000-8000-00000000f002"
	idCertificate = "018f0000-0000-7000-8000-00000000f003"
	idPosting     = "018f0000-0000-7000-8000-00000000f004"
	idMerge       = "018f0000-0000-7000-8000-00000000f005"
)

func name(en, uk, ru, kk, pl, es string) rules.Name {
	return rules.Name{"en": en, "uk": uk, "ru": ru, "kk": kk, "pl": pl, "es": es}
}

// withMechanics turns everything on that the shop can have.
func withMechanics(v *talk.View) {
	s := *v.Program.Settings
	s.Goods = []rules.Category{
		{ID: "coffee", Name: name("Coffee", "Кава", "Кофе", "Кофе", "Kawa", "Café")},
		{ID: "cakes", Name: name("Cakes", "Десерти", "Десерты", "Тәттілер", "Desery", "Postres")},
		{ID: "beer", Name: name("Beer", "Пиво", "Пиво", "Сыра", "Piwo", "Cerveza"), NoEarn: true, NoRedeem: true},
	}
	s.Tiers = rules.Tiers{Basis: rules.TierBySpend, KeepDays: 365, Downgrade: rules.DowngradeStep, List: []rules.Tier{
		{ID: "silver", Name: name("Silver", "Срібло", "Серебро", "Күміс", "Srebro", "Plata"), From: 100000, Rate: 700},
		{ID: "gold", Name: name("Gold", "Золото", "Золото", "Алтын", "Złoto", "Oro"), From: 500000, Rate: 1000, Discount: 500},
	}}
	s.Stamps = []rules.StampCard{{ID: "coffee", Name: name("Coffee", "Кава", "Кофе", "Кофе", "Kawa", "Café"), Every: 8, Goods: rules.Goods{Categories: []string{"coffee"}}}}
	s.Coupons = []rules.CouponKind{
		{ID: "dessert", Name: name("Free dessert", "Десерт у подарунок", "Десерт в подарок", "Тегін десерт", "Darmowy deser", "Postre gratis"), Gives: rules.Benefit{Kind: rules.GivesFree}, ByHand: true, Days: 30},
		{ID: "off20", Name: name("−20 ₴", "−20 ₴", "−20 ₴", "−20 ₴", "−20 ₴", "−20 ₴"), Gives: rules.Benefit{Kind: rules.GivesMoneyOff, Amount: 2000}, Days: 30},
	}
	s.Rules = []rules.Rule{
		{ID: "big", Name: name("Big check", "Великий чек", "Большой чек", "Үлкен чек", "Duży rachunek", "Gran compra"), On: rules.TriggerSale,
			When: rules.Condition{MinCheck: 42000}, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 30}},
		{ID: "morning", Name: name("Early bird", "Ранкова знижка", "Утренняя скидка", "Таңғы жеңілдік", "Poranny rabat", "Madrugadores"), On: rules.TriggerSale,
			When: rules.Condition{Hours: rules.Hours{From: 420, To: 600}}, Gives: rules.Benefit{Kind: rules.GivesDiscount, Rate: 1000}},
	}
	s.Codes = []rules.PromoCode{{Code: "AUTUMN", Points: 25}}
	s.Gifts = rules.Certificates{On: true, Days: 365, Amounts: []money.Amount{50000, 100000, 200000}, Max: 500000}
	s.Fields = []rules.Field{
		{ID: "allergy", Name: name("Allergy", "Алергія", "Аллергия", "Аллергия", "Alergia", "Alergia"), Asked: true},
		{ID: "seat", Name: name("Where they sit", "Де сідають", "Где садятся", "Қайда отырады", "Gdzie siadają", "Dónde se sientan"), Choices: []rules.Choice{
			{ID: "window", Name: name("By the window", "Біля вікна", "У окна", "Терезе жанында", "Przy oknie", "Junto a la ventana")},
			{ID: "bar", Name: name("At the bar", "За стійкою", "За стойкой", "Барда", "Przy barze", "En la barra")}}},
		{ID: "note", Name: name("Note", "Нотатка", "Заметка", "Жазба", "Notatka", "Nota")},
	}
	s.Staff.AdjustMax = 100
	v.Program.Settings = &s
}

// regular is a guest with everything a guest can have.
func regular() visit {
	return visit{
		standing: rules.Standing{
			Visits: 41, Spent: 560000, Tags: []string{"vip", "office"}, Birthday: rules.Birthday{Month: 11, Day: 23},
			Tier:   rules.TierState{ID: "gold", Since: noon.AddDate(0, -2, 0), Until: time.Date(2026, time.December, 31, 22, 0, 0, 0, time.UTC)},
			Stamps: []rules.StampCount{{Card: "coffee", Count: 5, Done: 2}},
			Coupons: []rules.Coupon{
				{ID: idGift, Kind: "dessert", State: rules.CouponActivated, Expires: noon.AddDate(0, 0, 9)},
				{ID: idCoupon, Kind: "off20", State: rules.CouponActivated, Expires: noon.AddDate(0, 0, 3)},
			},
		},
		certificates: []engine.Certificate{{ID: idCertificate, Amount: 50000, Left: 30000, State: engine.CertificateActive, MemberID: idMember}},
	}
}

// visited is what the engine would quote for a guest with a standing.
func visited(tb testing.TB, v talk.View, c counter, available money.Points, w visit) quotes {
	tb.Helper()
	lines := c.Lines
	if len(lines) == 0 {
		lines = []rules.Line{{Quantity: 1000, Net: c.Sum}}
	}
	evaluate := func(redeem money.Points, most bool) rules.Result {
		in := rules.Input{Settings: v.Program.Settings, Lines: lines, OccurredAt: v.Now, Known: true, Available: available, Balance: available,
			Redeem: redeem, RedeemMax: most, Member: &w.standing, Channel: "bot", Marks: c.Marks, NoCoupons: c.NoCoupons}
		for _, p := range c.Pays {
			in.Certificates = append(in.Certificates, rules.Certificate{ID: p.ID, Left: p.Left})
		}
		r, err := rules.Evaluate(in)
		if err != nil {
			tb.Fatal(err)
		}
		return r
	}
	most := evaluate(0, true)
	q := quotes{visit: w, plain: engine.Quote{Result: evaluate(0, false), Before: enough(available), EarnIfMax: most.Earn, PayableIfMax: most.Payable}}
	if c.Points > 0 {
		q.spend = engine.Quote{Result: evaluate(c.Points, false), Before: enough(available)}
	}
	return q
}

// mechanicsScenes are the screens that are there when the shop has turned everything on.
func mechanicsScenes(tb testing.TB, lang locales.Language) []scene {
	tb.Helper()
	v := viewOf(tb, lang, withMechanics)
	manager := viewOf(tb, lang, withMechanics, role(engine.RoleManager))
	w := regular()
	on := counter{Guest: oksana, Sum: 40000}
	paying := on
	paying.Papers = []paper{{ID: idCertificate, Left: 30000}}
	paying.Pays = paying.Papers
	goods := on.with(v, readSum(v, "85 "+exampleWord(v, v.Program.Settings.Goods[0])+" x2, 60 "+exampleWord(v, v.Program.Settings.Goods[1])+", 12"))
	later := on
	later.NoCoupons = true
	working := func(form string, change ...func(*work)) counter { return counter{Guest: oksana}.doing(form, change...) }
	sale := engine.Sale{ID: idSale, MemberID: idMember, Total: 40000, Discount: 4000, Redeemed: 20, RedeemMoney: 2000, Earned: 17, OccurredAt: noon.Add(-time.Hour), Source: "bot",
		Lines: []engine.SaleLine{{No: 1, Line: rules.Line{Name: "Latte", Quantity: 2000, Net: 18000}}, {No: 2, Line: rules.Line{Name: "Tiramisu", Quantity: 1000, Net: 22000}}}}
	yesterday := engine.Sale{ID: idHold, Total: 12000, ReturnedTotal: 2000, OccurredAt: noon.AddDate(0, 0, -1)}
	merge := engine.Merge{ID: idMerge, KeptID: idMember, At: noon.AddDate(0, 0, -3)}
	certificate := engine.Certificate{ID: idCertificate, Code: "123412341234", Amount: 50000, Left: 30000, State: engine.CertificateActive, ExpiresAt: noon.AddDate(0, 3, 0)}
	spent, expired, blocked, ofPoints := certificate, certificate, certificate, certificate
	spent.State, spent.Left = engine.CertificateSpent, 0
	expired.State, expired.ExpiresAt = engine.CertificateExpired, noon.AddDate(0, 0, -3)
	blocked.State = engine.CertificateBlocked
	ofPoints.Points, ofPoints.Amount, ofPoints.Left, ofPoints.ExpiresAt = 100, 0, 0, time.Time{}
	selling := counter{Sell: &sell{Amount: 50000, Guest: oksana}}
	onCard := counter{Sell: &sell{Amount: 50000, Guest: oksana, OnCard: true}}
	looked := counter{Sell: &sell{Found: idCertificate, Sure: true}}
	giving := counter{Guest: oksana, Gift: &gift{ID: idGift, Kind: "dessert"}}
	given := counter{Guest: oksana, Sum: 40000, Gift: &gift{ID: idGift, Kind: "dessert", Posting: idPosting}}
	returned := engine.Posted{SaleID: idSale, MemberID: idMember, Total: 18000, CashBack: 15300, GiftBack: 1000, Restored: 9, Revoked: 7, Balance: enough(157), At: noon}
	preview := engine.MergePreview{Keep: engine.Member{ID: idMember}, Points: 35, Balance: enough(190), Tier: "gold", Stamps: []rules.StampCount{{Card: "coffee", Count: 6}},
		Coupons: 2, Certificates: 1, Friends: 3, Phone: true}
	notIssued := func(c engine.Certificate) entry { return entry{certificate: &c} }

	var all []scene
	add := func(name string, out talk.Output) {
		if out.Call != nil {
			tb.Fatalf("%s: calls the engine", name)
		}
		all = append(all, scene{name, out.Say})
	}
	// good shows a screen with what has just been done above it.
	offerOf := func(v talk.View, c counter, n note) talk.Output {
		return offered(v, c, n, visited(tb, v, c, 155, w), nil)
	}

	add("sum", offerOf(v, counter{Guest: oksana}, note{}))
	add("sum: manager", offerOf(manager, counter{Guest: oksana}, note{}))
	add("sum: new guest", offered(v, counter{Guest: oksana}, note{}, quotes{}, nil))
	add("sum: unknown goods", summed(v, counter{Guest: oksana}, readSum(v, "85 sushi, 60 "+exampleWord(v, v.Program.Settings.Goods[1])), note{}))
	add("sum: unclear goods", summed(v, counter{Guest: oksana}, readSum(v, "1,200 "+exampleWord(v, v.Program.Settings.Goods[1])), note{}))
	add("offer", offerOf(v, on, note{}))
	add("offer: units", offerOf(v, on.marked(v.Program.Settings.Stamps[0], 2), note{}))
	add("offer: goods", offerOf(v, goods, note{}))
	add("offer: certificate", offerOf(v, paying, note{}))
	add("offer: coupon another time", offerOf(v, later, note{}))
	add("offer: code entered", offerOf(v, on, note{good: enteredLine(v, on, engine.CodeEntered{Posted: engine.Posted{Earned: 25}})}))
	add("why", explained(v, on, note{}, visited(tb, v, on, 155, w), nil))
	add("wait", waitScreen(v, counter{Guest: oksana, Asked: &asked{Hold: idHold, Guest: oksana, Sum: 40000, Points: 100, Tab: tab{Off: 4000}}}, note{}))
	add("gift", giftForm(v, giving, note{}))
	add("gift: done", givenScreen(v, given, note{}))
	giving.Gift = &gift{ID: idGift, Kind: "stamps:coffee", Posting: idPosting}
	add("gift: done, no check", givenScreen(v, giving, note{}))
	add("code", enterForm(v, on, note{}))
	add("code: unknown", entered(v, on, entry{}, refusedBy(engine.KindNotFound, "code_unknown")))
	add("code: certificate", entered(v, on, notIssued(certificate), nil))
	add("code: certificate of points", entered(v, on, notIssued(ofPoints), nil))
	add("code: expired", entered(v, on, notIssued(expired), nil))
	add("code: coupon and certificate", offerOf(v, counter{Guest: oksana}, note{good: talk.Lines(
		enteredLine(v, on, engine.CodeEntered{Coupon: &engine.Coupon{Coupon: rules.Coupon{Kind: "off20"}}}), enteredLine(v, on, engine.CodeEntered{Certificate: &certificate}))}))
	add("receipt", receiptOf(tb, v, paying, w))
	add("receipt: gift to hand over", receiptShown(v, on.made(engine.Posted{SaleID: idSale, Total: 40000, Payable: 40000, Earned: 40, At: noon, Tier: "gold", Balance: enough(195), Effects: []rules.Effect{
		{State: rules.Applied, Reason: rules.Reason{ID: "stamps_added", Of: "stamps:coffee", Args: map[string]int64{rules.ArgCount: 0, rules.ArgOf: 7}}},
		{State: rules.Applied, Reason: rules.Reason{ID: "stamps_coupon", Of: "stamps:coffee", Args: map[string]int64{rules.ArgCount: 1}}},
		{State: rules.Applied, Reason: rules.Reason{ID: "coupon_granted", Of: "coupon:off20"}},
	}}, "Оксана", []gift{{ID: idGift, Kind: "stamps:coffee"}}), note{}))
	add("sell", sellForm(v, counter{Sell: &sell{}}, note{}))
	add("sell: not sold", sellTyped(v, counter{Sell: &sell{}}, "7000"))
	add("sell: confirm", sellingForm(v, selling, note{}))
	add("sell: confirm, on the card", sellingForm(v, onCard, note{}))
	add("sold", certificateSold(v, selling, engine.CertificateSold{Certificate: certificate}, nil))
	bought := certificate
	bought.MemberID = idMember
	add("sold on the card", certificateSold(v, onCard, engine.CertificateSold{Certificate: bought}, nil))
	add("check", lookedUp(v, counter{Sell: &sell{}}, note{}, certificate, nil))
	add("check: manager", lookedUp(manager, counter{Sell: &sell{}}, note{}, certificate, nil))
	add("check: blocked", lookedUp(manager, counter{Sell: &sell{}}, note{}, blocked, nil))
	add("check: spent", lookedUp(v, counter{Sell: &sell{}}, note{}, spent, nil))
	add("check: unknown", lookedUp(v, counter{Sell: &sell{}}, note{}, engine.Certificate{}, refusedBy(engine.KindNotFound, "certificate_unknown")))
	add("check: block?", blockForm(manager, looked, note{}))
	add("more", moreShown(manager, counter{Guest: oksana}, note{}, file{visit: w, sales: []engine.Sale{sale, yesterday}, merge: &merge}, nil))
	add("more: new guest", moreShown(manager, counter{Guest: oksana}, note{good: v.Rich("staff.coupon.given", locales.Args{"Coupon": "−20 ₴"})}, file{}, nil))
	add("more: nothing turned on", moreShown(viewOf(tb, lang, role(engine.RoleManager)), counter{Guest: oksana}, note{}, file{}, nil))
	add("more: coupon", couponForm(manager, working(formCoupon), note{}))
	add("more: coupon refused", couponGiven(manager, working(formCoupon), engine.CouponGiven{}, &engine.Error{Kind: engine.KindLimit, ID: "coupon_open_limit", Args: map[string]any{"Name": "−20 ₴", "Max": int64(1)}}))
	add("more: tier", tierForm(manager, working(formTier), note{}))
	add("more: until", untilForm(manager, working(formUntil, func(w *work) { w.Tier = "gold" }), note{}))
	add("more: tags", tagsShown(manager, working(formTags), note{}, w, nil))
	add("more: no tags", tagsShown(manager, working(formTags), note{good: v.Rich("staff.tags.done")}, visit{}, nil))
	noted := engine.Profile{Gender: engine.GenderMale, Fields: map[string]string{"allergy": "Горіхи", "seat": "window", "horse": "yes"}}
	add("more: profile", fieldsShown(manager, working(formFields), note{}, noted, nil))
	add("more: profile saved", fieldsShown(manager, working(formFields), note{good: v.Rich("staff.fields.done")}, engine.Profile{}, nil))
	add("more: a choice", fieldChosen(manager, working(formFields), "seat"))
	add("more: a text", fieldChosen(manager, working(formFields), "note"))
	add("more: a choice that was typed", fieldTyped(manager, working(formField, func(w *work) { w.Field = "seat" }), "window"))
	add("more: adjust", typeForm(manager, working(formAdjust), formAdjust, note{}))
	add("more: adjust what", adjustTyped(manager, working(formAdjust), "coffee"))
	add("more: adjust why", adjustTyped(manager, working(formAdjust), "+50"))
	add("more: restore", typeForm(manager, working(formRestore), formRestore, note{}))
	add("more: restore what", restoreTyped(manager, working(formRestore), "☕"))
	add("join", typeForm(manager, working(formJoin), formJoin, note{}))
	add("join: several", otherFound(manager, working(formJoin), engine.Found{Others: []engine.Member{{}}}, nil))
	add("join: preview", previewed(manager, working(formJoining, func(w *work) { w.Other = guest{ID: idOther, Name: "Oksana", Card: "234567891"} }), note{}, preview, nil))
	add("join: itself", previewed(manager, working(formJoining), note{}, engine.MergePreview{}, refusedBy(engine.KindInvalid, "merge_self")))
	add("part", partForm(manager, working(formPart), note{}))
	add("sales", salesListed(manager, working(formSales), note{}, []engine.Sale{sale, yesterday}, nil))
	add("sales: none", salesListed(manager, working(formSales), note{}, nil, nil))
	add("sale", saleShown(manager, working(formSale, func(w *work) { w.Sale = idSale }), note{}, sale))
	add("sale: yesterday", saleShown(manager, working(formSale), note{}, yesterday))
	add("return: by sum", typeForm(manager, working(formAmount), formAmount, note{}))
	add("return: by goods", linesShown(manager, working(formLines), note{}, sale))
	add("return: one of two", linesShown(manager, working(formLines, func(w *work) { w.Lines = []engine.ReversedLine{{No: 1, Quantity: 1000}} }), note{}, sale))
	add("return: would", dryRunShown(manager, working(formBack), note{}, returned, nil))
	add("return: too much", dryRunShown(manager, working(formBack, func(w *work) { w.Amount = 99900 }), note{}, engine.Posted{}, &engine.Error{Kind: engine.KindLimit, ID: "return_exceeds", Args: map[string]any{"Left": money.Amount(40000)}}))
	add("return: done", takenBack(manager, working(formBack), returned, nil))
	add("return: points only", takenBack(manager, working(formBack), engine.Posted{Total: 12000, Restored: 120, Balance: enough(240)}, nil))
	add("revise", typeForm(manager, working(formRevise), formRevise, note{}))
	add("revise: confirm", reviseShown(manager, working(formRevised, func(w *work) { w.Amount = 35000 }), note{}, sale))
	add("revise: done", revised(manager, working(formRevised), revision{was: sale, posted: engine.Posted{Total: 35000, Payable: 29000, Balance: enough(153)}}, nil))
	add("attach", typeForm(manager, working(formAttach), formAttach, note{}))
	add("attach: unknown", cardlessFound(manager, working(formAttach), nil, nil))
	add("attach: confirm", adoptForm(manager, working(formAdopt, func(w *work) { w.Amount = 40000 }), note{}))
	return all
}

// receiptOf is the receipt of a check with everything on it.
func receiptOf(tb testing.TB, v talk.View, c counter, w visit) talk.Output {
	tb.Helper()
	r := visited(tb, v, c, 155, w).plain.Result
	return posted(v, c, engine.Posted{SaleID: idSale, MemberID: idMember, Total: r.Total, Payable: r.Payable, Discount: r.Discount, Certificate: r.Certificate,
		Earned: r.Earn, Stamps: r.Stamps, Effects: r.Effects, At: noon, Balance: enough(155 + r.Earn)}, nil)
}
