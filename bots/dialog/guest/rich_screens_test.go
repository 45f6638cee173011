package guest

import (
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// richScreens is what the conversation says where every mechanic is on.
func richScreens() []screenCase {
	posted := func(p engine.Posted) *engine.Posted { return &p }
	refused := func(kind engine.Kind, id string, args map[string]any) *engine.Error {
		return &engine.Error{Kind: kind, ID: id, Args: args}
	}
	return []screenCase{
		{name: "consent", nobody: func(v talk.View) talk.Output { return Start(v, talk.Link{}) }},
		{name: "consent to a shared card", nobody: func(v talk.View) talk.Output { return Start(v, talk.Link{Share: "abcdefghjkSECRET"}) }},
		{name: "shared card joined", member: func(v talk.View) talk.Output { return sharedJoined(press(v, bots.SlotScreen), *v.Member, nil) }},
		{name: "shared card too late", nobody: func(v talk.View) talk.Output {
			return sharedJoined(press(v, bots.SlotScreen), engine.Member{}, refused(engine.KindExpired, "share_over", nil))
		}},
		{name: "invited to a shared card with an own one", member: func(v talk.View) talk.Output { return Start(v, talk.Link{Share: "otherfriendSECRET"}) }},
		{name: "own invitation to a shared card", member: func(v talk.View) talk.Output { return Start(v, talk.Link{Share: v.Member.InviteTag + "SECRET"}) }},
		{name: "card", member: Home},
		{name: "card of a newcomer", member: func(v talk.View) talk.Output {
			v.Standing, v.Account.Lots = rules.Standing{}, nil
			return Home(v)
		}},
		{name: "card of a discount program", member: func(v talk.View) talk.Output {
			s := *v.Program.Settings
			v.Program.Settings = &rules.Settings{Name: s.Name, Currency: s.Currency, Zone: s.Zone, Languages: s.Languages, Unit: s.Unit, Discount: rules.Discount{Rate: 700}}
			v.Account.Lots = nil
			return Home(v)
		}},
		{name: "level", member: func(v talk.View) talk.Output { m := v.Standing; m.Qualified = 376000; return tiered(v, m, nil) }},
		{name: "level in danger", member: func(v talk.View) talk.Output { m := v.Standing; m.Qualified = 40000; return tiered(v, m, nil) }},
		{name: "level in grace", member: func(v talk.View) talk.Output {
			m := v.Standing
			m.Qualified, m.Tier.Until, m.Tier.Grace = 40000, testNow.AddDate(0, 0, -1), true
			return tiered(v, m, nil)
		}},
		{name: "no level yet, by visits", member: func(v talk.View) talk.Output {
			v.Program.Settings.Tiers.Basis, v.Program.Settings.Tiers.WindowDays = rules.TierByVisits, 90
			v.Program.Settings.Tiers.List[0].From, v.Program.Settings.Tiers.List[1].From = 5, 20
			return tiered(v, rules.Standing{Qualified: 3}, nil)
		}},
		{name: "highest level by friends", member: func(v talk.View) talk.Output {
			v.Program.Settings.Tiers.Basis = rules.TierByReferrals
			v.Program.Settings.Tiers.List[0].From, v.Program.Settings.Tiers.List[1].From = 1, 3
			return tiered(v, rules.Standing{Qualified: 4, Tier: rules.TierState{ID: "gold"}}, nil)
		}},
		{name: "offers", member: func(v talk.View) talk.Output { return offered(v, someHeld(), 0, nil) }},
		{name: "nothing on offer", member: func(v talk.View) talk.Output {
			v.Program.Settings.Stamps, v.Program.Settings.Rules = nil, nil
			return offered(v, held{}, 0, nil)
		}},
		{name: "coupon", member: func(v talk.View) talk.Output { return couponed(v, lunchCoupon(rules.CouponIssued), nil) }},
		{name: "coupon activated", member: func(v talk.View) talk.Output {
			return turned(press(v, bots.SlotScreen), lunchCoupon(rules.CouponActivated).Coupon, "guest.coupon.on.toast", nil)
		}},
		{name: "coupon to be handed over", member: func(v talk.View) talk.Output { return couponed(v, cakeCoupon(), nil) }},
		{name: "coupon used", member: func(v talk.View) talk.Output { return couponed(v, lunchCoupon(rules.CouponApplied), nil) }},
		{name: "coupon of nobody", member: func(v talk.View) talk.Output {
			return couponed(v, engine.CouponItem{}, refused(engine.KindNotFound, "coupon_unknown", nil))
		}},
		{name: "rewards", member: func(v talk.View) talk.Output { return rewarded(v, someRewards(), 0, nil) }},
		{name: "no rewards", member: func(v talk.View) talk.Output { return rewarded(v, nil, 0, nil) }},
		{name: "reward, the question", member: func(v talk.View) talk.Output { return askReward(v, "cake") }},
		{name: "reward bought", member: func(v talk.View) talk.Output {
			return bought(v, engine.CouponGiven{Posted: engine.Posted{Redeemed: 200}, Coupon: cakeCoupon().Coupon}, nil)
		}},
		{name: "reward given back, the question", member: func(v talk.View) talk.Output { return cancelAsked(v, cakeCoupon(), nil) }},
		{name: "reward given back", member: func(v talk.View) talk.Output { return cancelled(v, engine.Posted{Restored: 200}, nil) }},
		{name: "code", member: func(v talk.View) talk.Output { return askCode(v, "") }},
		{name: "wrong code", member: func(v talk.View) talk.Output {
			return entered(v, engine.CodeEntered{}, refused(engine.KindNotFound, "code_unknown", nil))
		}},
		{name: "code of points", member: func(v talk.View) talk.Output {
			return entered(v, engine.CodeEntered{Code: "AUTUMN", Posted: engine.Posted{Earned: 50, Expires: time.Date(2026, 10, 31, 22, 0, 0, 0, time.UTC)}}, nil)
		}},
		{name: "code of a coupon", member: func(v talk.View) talk.Output {
			c := lunchCoupon(rules.CouponIssued).Coupon
			return entered(v, engine.CodeEntered{Code: "LUNCH", Coupon: &c}, nil)
		}},
		{name: "code of a certificate", member: func(v talk.View) talk.Output {
			return entered(v, engine.CodeEntered{Certificate: &engine.Certificate{Left: 50000, ExpiresAt: time.Date(2027, 8, 1, 21, 0, 0, 0, time.UTC)}}, nil)
		}},
		{name: "invite", member: func(v talk.View) talk.Output { return invited(v, someFriends(), nil) }},
		{name: "settings", member: settings},
		{name: "phone, another one", member: changePhone},
		{name: "phone at rest", member: func(v talk.View) talk.Output {
			return attached(v, engine.Member{}, refused(engine.KindTaken, "phone_resting", nil))
		}},
		{name: "birthday, the first time", member: func(v talk.View) talk.Output { v.Standing.Birthday = rules.Birthday{}; return birthday(v) }},
		{name: "birthday, a change", member: birthday},
		{name: "birthday, no more changes", member: func(v talk.View) talk.Output { v.Standing.Birthday.ChangedAt = testNow; return birthday(v) }},
		{name: "birthday, unreadable", member: func(v talk.View) talk.Output {
			v.Session = talk.In(Flow, stepBirthday, nil)
			return Text(typed(v, "31.02"))
		}},
		{name: "birthday, repeated", member: func(v talk.View) talk.Output {
			v.Session = talk.In(Flow, stepBirthday, nil)
			return Text(typed(v, "29.02"))
		}},
		{name: "birthday saved", member: func(v talk.View) talk.Output { return celebrated(v, v.Standing.Birthday, nil) }},
		{name: "about, nothing told", member: func(v talk.View) talk.Output { return aboutShown(v, engine.Profile{}, nil) }},
		{name: "about", member: func(v talk.View) talk.Output { return aboutShown(v, somebodyTold(), nil) }},
		{name: "about, gender", member: func(v talk.View) talk.Output { return askAbout(v, aboutGender, "") }},
		{name: "about, city", member: func(v talk.View) talk.Output { return askAbout(v, aboutCity, "") }},
		{name: "about, a choice", member: func(v talk.View) talk.Output { return askAbout(v, aboutField+"pet", "") }},
		{name: "about, a choice that was typed", member: func(v talk.View) talk.Output {
			v.Session = talk.In(Flow, stepAbout, aboutField+"pet")
			return Text(typed(v, "Dog"))
		}},
		{name: "about, a text", member: func(v talk.View) talk.Output { return askAbout(v, aboutField+"allergy", "") }},
		{name: "about, nothing to read", member: func(v talk.View) talk.Output {
			v.Session = talk.In(Flow, stepAbout, aboutCity)
			return Text(typed(v, "\u200b"))
		}},
		{name: "about, too long", member: func(v talk.View) talk.Output {
			return aboutKept(v, aboutCity, engine.Profile{}, refused(engine.KindInvalid, "city_invalid", map[string]any{"Max": 60}))
		}},
		{name: "about saved", member: func(v talk.View) talk.Output { return aboutKept(v, aboutCity, somebodyTold(), nil) }},
		{name: "shared card", member: func(v talk.View) talk.Output { return familyShown(v, somePeople(), nil) }},
		{name: "shared card, full", member: func(v talk.View) talk.Output {
			return familyShown(v, append(somePeople(), engine.SharePerson{Contact: engine.Contact{ID: "c3"}}), nil)
		}},
		{name: "shared card of another", member: func(v talk.View) talk.Output { v.Contact.ID = contactID; return familyShown(v, somePeople(), nil) }},
		{name: "shared card, invitation", member: func(v talk.View) talk.Output {
			return shared(v, engine.ShareInvited{Token: "abcdefghjkSECRET", Until: testNow.Add(engine.ShareTTL)}, nil)
		}},
		{name: "shared card, taking off", member: func(v talk.View) talk.Output { return partAsked(v, somePeople(), contactID, nil) }},
		{name: "shared card, leaving", member: func(v talk.View) talk.Output {
			v.Contact.ID = contactID
			return partAsked(v, somePeople(), contactID, nil)
		}},
		{name: "shared card, left", nobody: func(v talk.View) talk.Output { return parted(press(v, bots.SlotScreen), nil, nil) }},
		{name: "give, to whom", member: func(v talk.View) talk.Output { return give(v, "") }},
		{name: "give, nothing there", member: func(v talk.View) talk.Output { v.Account.Lots = nil; return give(v, "") }},
		{name: "give, nobody found", member: func(v talk.View) talk.Output {
			return friendFound(v, engine.Member{}, refused(engine.KindNotFound, "guest_not_found", nil))
		}},
		{name: "give, to oneself", member: func(v talk.View) talk.Output { return friendFound(v, *v.Member, nil) }},
		{name: "give, how many", member: func(v talk.View) talk.Output { return friendFound(v, someFriend("Дана Ким"), nil) }},
		{name: "give, how many to somebody nameless", member: func(v talk.View) talk.Output { return friendFound(v, someFriend(""), nil) }},
		{name: "give, too many", member: gives("5000")},
		{name: "give, too few", member: gives("5")},
		{name: "give, no number", member: gives("all")},
		{name: "give, the question", member: gives("50")},
		{name: "given", member: func(v talk.View) talk.Output {
			return given(v, giving{To: friendID, Name: "Д•••, № •••678", Points: 50}, engine.Posted{Balance: engine.Balance{Available: 1290}}, nil)
		}},
		{name: "kept", member: func(v talk.View) talk.Output {
			return kept(v, engine.Rescued{Points: 50, Until: time.Date(2026, 11, 14, 22, 0, 0, 0, time.UTC)}, nil)
		}},
		{name: "nothing to keep", member: func(v talk.View) talk.Output {
			return kept(press(v, ""), engine.Rescued{}, refused(engine.KindNotFound, "rescue_nothing", nil))
		}},
		{name: "history", member: func(v talk.View) talk.Output { return paged(v, page{Items: richHistory(), Older: true}, nil) }},
		{name: "history, the rest", member: func(v talk.View) talk.Output { return paged(v, page{Items: moreHistory(), Newer: true}, nil) }},
		{name: "why a rich sale", member: func(v talk.View) talk.Output {
			x := saleExplained()
			x.Item.Posting.Reasons = richReceipt().Effects
			for i := range int64(30) {
				x.Item.Posting.Reasons = append(x.Item.Posting.Reasons, rules.Effect{Rule: "morning", State: rules.Inapplicable, Reason: rules.Reason{ID: "when_hours", Of: "rule:morning",
					Args: map[string]int64{rules.ArgFrom: 480, rules.ArgTo: 660 + i/2}}})
			}
			return told(v, x, nil)
		}},
		{name: "help", member: func(v talk.View) talk.Output { return help(v, "") }},
		{name: "notice: rich sale", member: notices(engine.Notice{Kind: engine.NoticeSale, PostingID: postingID, Posted: richReceipt(), Args: map[string]any{"place": "Поділ"}})},
		{name: "notice: sale with points and a discount", member: notices(engine.Notice{Kind: engine.NoticeSale, PostingID: postingID,
			Posted: posted(engine.Posted{Total: 40000, Discount: 4000, Certificate: 4000, Redeemed: 120, Payable: 20000, Earned: 12})})},
		{name: "notice: a receipt that asks", member: func(v talk.View) talk.Output {
			v.Asked = engine.Asked{At: testNow, SaleID: postingID}
			return talk.Output{Session: v.Session, Say: Notice(v, askedReceipt())}
		}},
		{name: "rated, and asked for words", member: func(v talk.View) talk.Output {
			n := askedReceipt()
			return marked(press(v, ""), actRate, postingID, rated{Rating: engine.Rating{Stars: 5}, receipt: &n}, nil)
		}},
		{name: "a low mark", member: func(v talk.View) talk.Output {
			n := askedReceipt()
			return marked(press(v, ""), actRate, postingID, rated{Rating: engine.Rating{Stars: 2}, receipt: &n}, nil)
		}},
		{name: "a mark in the middle of something", member: func(v talk.View) talk.Output {
			v.Session = talk.In("owner", "places", nil)
			n := askedReceipt()
			return marked(press(v, ""), actRate, postingID, rated{Rating: engine.Rating{Stars: 4}, receipt: &n}, nil)
		}},
		{name: "nothing to add", member: func(v talk.View) talk.Output {
			n := askedReceipt()
			return marked(press(v, ""), actSkip, postingID, rated{Rating: engine.Rating{Stars: 5}, receipt: &n}, nil)
		}},
		{name: "a comment", member: func(v talk.View) talk.Output {
			n := askedReceipt()
			return commented(typed(v, "Смачно"), postingID, rated{Rating: engine.Rating{Stars: 5, Comment: "Смачно"}, receipt: &n}, nil)
		}},
		{name: "a comment too long", member: func(v talk.View) talk.Output {
			return commented(v, postingID, rated{}, refused(engine.KindInvalid, "rating_long", map[string]any{"Max": 1000}))
		}},
		{name: "a sticker for a comment", member: func(v talk.View) talk.Output {
			v.Session = talk.In(Flow, stepSay, saying{Purchase: postingID, Until: testNow})
			return Text(typed(v, " "))
		}},
		{name: "a mark too late", member: func(v talk.View) talk.Output {
			return marked(press(v, ""), actRate, postingID, rated{}, refused(engine.KindExpired, "rating_late", nil))
		}},
		{name: "a receipt's link", nobody: func(v talk.View) talk.Output {
			return linked(v, visited{sale: engine.Sale{Total: 22000, OccurredAt: testNow.AddDate(0, 0, -1)}, place: "Поділ"}, receiptToken, nil)
		}},
		{name: "a receipt's link, rated before", member: func(v talk.View) talk.Output {
			return linked(v, visited{sale: engine.Sale{Total: 22000, OccurredAt: testNow.AddDate(0, 0, -1)}, stars: 3}, receiptToken, nil)
		}},
		{name: "a receipt's link, rated", nobody: func(v talk.View) talk.Output {
			return marked(press(v, bots.SlotScreen), actRate, tokenMark+receiptToken, rated{Rating: engine.Rating{Stars: 5}}, nil)
		}},
		{name: "a receipt's link of nothing", nobody: func(v talk.View) talk.Output {
			return linked(v, visited{}, receiptToken, refused(engine.KindNotFound, "rating_unknown", nil))
		}},
		{name: "notice: stamps only", member: notices(engine.Notice{Kind: engine.NoticeSale, PostingID: postingID, Posted: posted(engine.Posted{Total: 9000, Payable: 9000,
			Stamps: []rules.StampChange{{Card: "coffee", Units: 1, Delta: 1}}, Effects: []rules.Effect{
				{Rule: "stamps:coffee", State: rules.Applied, Reason: rules.Reason{ID: "stamps_added", Of: "stamps:coffee", Args: map[string]int64{rules.ArgCount: 6, rules.ArgOf: 7}}},
				{Rule: "stamps:coffee", State: rules.Suggested, Reason: rules.Reason{ID: "stamps_one_more", Of: "stamps:coffee"}}}})})},
		{name: "notice: rich return", member: notices(engine.Notice{Kind: engine.NoticeReturn, PostingID: postingID, Posted: posted(engine.Posted{Total: 40000, Restored: 120, Revoked: 14,
			CashBack: 18000, GiftBack: 10000, Stamps: []rules.StampChange{{Card: "coffee", Delta: -1}}})})},
		{name: "notice: activated", member: notices(engine.Notice{Kind: engine.NoticeActivated, Args: map[string]any{"points": 100.0, "until": "2026-12-31"}})},
		{name: "notice: birthday", member: notices(engine.Notice{Kind: engine.NoticeBonus, PostingID: postingID,
			Args: map[string]any{"trigger": "birthday", "rule": "born", "points": 100.0, "until": "2026-10-31", "coupon": "cake", "coupon_id": cakeID}})},
		{name: "notice: event", member: notices(engine.Notice{Kind: engine.NoticeBonus, PostingID: postingID, Args: map[string]any{"trigger": "event", "rule": "review", "points": 20.0}})},
		{name: "notice: absence", member: notices(engine.Notice{Kind: engine.NoticeBonus, PostingID: postingID, Args: map[string]any{"trigger": "absence", "points": 20.0}})},
		{name: "notice: joining", member: notices(engine.Notice{Kind: engine.NoticeBonus, PostingID: postingID, Args: map[string]any{"trigger": "join", "points": 20.0}})},
		{name: "notice: level up", member: notices(engine.Notice{Kind: engine.NoticeTierUp, Args: map[string]any{"tier": "gold", "until": "2027-03-31"}})},
		{name: "notice: level down", member: notices(engine.Notice{Kind: engine.NoticeTierDown, Args: map[string]any{"tier": "silver", "before": "gold", "until": "2027-03-31"}})},
		{name: "notice: level lost", member: notices(engine.Notice{Kind: engine.NoticeTierDown, Args: map[string]any{"tier": "", "before": "silver"}})},
		{name: "notice: level ends", member: notices(engine.Notice{Kind: engine.NoticeTierWarning,
			Args: map[string]any{"tier": "gold", "until": "2026-10-14", "missing": 124000.0, "basis": "spend"}})},
		{name: "notice: points end", member: notices(engine.Notice{Kind: engine.NoticeEnding, Args: map[string]any{"points": 50.0, "until": "2026-10-07", "rescue": 14.0}})},
		{name: "notice: points end for good", member: notices(engine.Notice{Kind: engine.NoticeEnding, Args: map[string]any{"points": 50.0, "until": "2026-10-07", "rescue": 0.0}})},
		{name: "notice: coupon", member: notices(engine.Notice{Kind: engine.NoticeCoupon, PostingID: postingID, Posted: posted(engine.Posted{Coupons: []string{couponID}}),
			Args: map[string]any{"coupon": "lunch", "name": "x", "until": "2026-10-31"}})},
		{name: "notice: coupon ends", member: notices(engine.Notice{Kind: engine.NoticeCouponEnding, Args: map[string]any{"coupon": "lunch", "coupon_id": couponID, "until": "2026-10-31"}})},
		{name: "notice: coupon handed over", member: notices(engine.Notice{Kind: engine.NoticeCouponUsed, Args: map[string]any{"coupon": "cake", "until": ""}})},
		{name: "notice: coupon back", member: notices(engine.Notice{Kind: engine.NoticeCouponBack, Args: map[string]any{"coupon": "cake", "until": ""}})},
		{name: "notice: reward", member: notices(engine.Notice{Kind: engine.NoticeReward, Posted: posted(engine.Posted{Coupons: []string{cakeID}}),
			Args: map[string]any{"coupon": "cake", "reward": "cake", "points": 200.0, "until": "2026-10-14"}})},
		{name: "notice: reward back", member: notices(engine.Notice{Kind: engine.NoticeRewardBack, Args: map[string]any{"coupon": "cake", "reward": "gone", "name": "Тістечко", "points": 200.0}})},
		{name: "notice: code by staff", member: notices(engine.Notice{Kind: engine.NoticeGift, PostingID: postingID, Posted: posted(engine.Posted{Earned: 50}), Args: map[string]any{"points": 50.0, "code": "AUTUMN"}})},
		{name: "notice: certificate", member: notices(engine.Notice{Kind: engine.NoticeGift, PostingID: postingID,
			Args: map[string]any{"certificate": "c1", "money": 50000.0, "points": 0.0, "until": "2027-08-01"}})},
		{name: "notice: certificate of points", member: notices(engine.Notice{Kind: engine.NoticeGift, PostingID: postingID, Posted: posted(engine.Posted{Earned: 50}),
			Args: map[string]any{"certificate": "c1", "money": 0.0, "points": 50.0, "until": ""}})},
		{name: "notice: friend's purchase", member: notices(engine.Notice{Kind: engine.NoticeReferral, PostingID: postingID, Args: map[string]any{"points": 100.0, "name": "Іван"}})},
		{name: "notice: points from a guest", member: notices(engine.Notice{Kind: engine.NoticeTransfer, PostingID: postingID, Args: map[string]any{"points": 50.0, "name": "Іван"}})},
		{name: "notice: merged", member: notices(engine.Notice{Kind: engine.NoticeMerged, PostingID: postingID, Args: map[string]any{"points": 80.0}})},
		{name: "notice: parted", member: notices(engine.Notice{Kind: engine.NoticeParted, PostingID: postingID})},
		{name: "notice: phone", member: notices(engine.Notice{Kind: engine.NoticePhone, Args: map[string]any{"phone": "+38067•••4567"}})},
		{name: "notice: somebody shares the card", member: notices(engine.Notice{Kind: engine.NoticeShareJoined, Args: map[string]any{"name": "Андрій"}})},
		{name: "notice: the share has ended", nobody: notices(engine.Notice{Kind: engine.NoticeShareLeft})},
	}
}

func someFriend(name string) engine.Member {
	return engine.Member{ID: friendID, Card: "987654678", Name: name, State: engine.MemberActive, Proof: engine.ProofPlatform}
}

// gives types a number of points for a friend who was found.
func gives(text string) func(v talk.View) talk.Output {
	return func(v talk.View) talk.Output {
		v.Session = talk.In(Flow, stepGiveHow, giving{To: friendID, Name: "Д•••, № •••678"})
		return Text(typed(v, text))
	}
}

func richHistory() []engine.HistoryItem {
	return historyOf(ledger.KindBonus, 100, "rule:born", ledger.KindReferral, 100, "", ledger.KindReward, -200, "reward:cake", ledger.KindGift, 50, "", ledger.KindCode, 50, "code:AUTUMN")
}

func moreHistory() []engine.HistoryItem {
	items := historyOf(ledger.KindCoupon, 0, "coupon:lunch", ledger.KindMerge, 80, "", ledger.KindRestore, 30, "", ledger.KindRescue, 0, "", ledger.KindRevise, -3, "")
	items[4].Sale = &engine.Sale{Total: 30000}
	return append(items[:4:4], items[4])
}

// historyOf makes postings of kinds, points and what their reason speaks of.
func historyOf(parts ...any) []engine.HistoryItem {
	var items []engine.HistoryItem
	for i := 0; i < len(parts); i += 3 {
		p := engine.Posting{ID: postingID[:len(postingID)-1] + string(rune('1'+i/3)), Kind: parts[i].(ledger.Kind), Points: money.Points(parts[i+1].(int)), OccurredAt: testNow}
		if of := parts[i+2].(string); of != "" {
			p.Reasons = []rules.Effect{{State: rules.Applied, Reason: rules.Reason{Of: of, Text: "?"}}}
		}
		items = append(items, engine.HistoryItem{Posting: p})
	}
	return items
}

// receiptToken is as long as a receipt's token is.
const receiptToken = "AZJ_PluKfDGdLgobLD1OX-x1Y2z3A4b5"

// askedReceipt is the receipt of a sale that earned points.
func askedReceipt() engine.Notice {
	return engine.Notice{Kind: engine.NoticeSale, PostingID: postingID, Args: map[string]any{"place": "Поділ"},
		Posted: &engine.Posted{PostingID: postingID, SaleID: postingID, Total: 22000, Payable: 22000, Earned: 11}}
}
