package guest

import (
	"encoding/json"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/rules"
)

// screenCase is one thing the conversation says. Member is the view of a guest, Nobody of a person without a card.
type screenCase struct {
	name   string
	member func(v talk.View) talk.Output
	nobody func(v talk.View) talk.Output
}

func screens() []screenCase {
	return []screenCase{
		{name: "language before joining", nobody: func(v talk.View) talk.Output { v.Contact.Language = ""; return Start(v, talk.Link{}) }},
		{name: "consent", nobody: func(v talk.View) talk.Output { return Start(v, talk.Link{}) }},
		{name: "consent with news", nobody: func(v talk.View) talk.Output { return consent(v, joining{News: true}) }},
		{name: "consent by a foreign card", nobody: func(v talk.View) talk.Output { return Start(v, talk.Link{Card: "other"}) }},
		{name: "consent of a shop without extras", nobody: func(v talk.View) talk.Output {
			s := *v.Program.Settings
			s.Welcome, s.Lots.Days, s.Earn.MinCheck, s.Languages = rules.Welcome{}, 0, 0, []string{string(v.Language())}
			v.Program.Settings = &s
			return Start(v, talk.Link{})
		}},
		{name: "joined", member: func(v talk.View) talk.Output {
			v.Member.Phone = ""
			v.Account.Lots = v.Account.Lots[:1]
			return welcomed(press(v, bots.SlotScreen), engine.Joined{Welcome: 50}, nil)
		}},
		{name: "joined with news", member: func(v talk.View) talk.Output {
			v.Consent[engine.PurposeMarketing] = true
			return welcomed(press(v, bots.SlotScreen), engine.Joined{Welcome: 50}, nil)
		}},
		{name: "foreign contact", member: func(v talk.View) talk.Output {
			v.Event = bots.Event{Kind: bots.EventContact, Contact: &bots.Contact{Phone: "1"}}
			return Contact(v)
		}},
		{name: "typed phone", member: func(v talk.View) talk.Output { return Text(typed(v, "067 123 45 67")) }},
		{name: "phone saved", member: func(v talk.View) talk.Output { return attached(v, *v.Member, nil) }},
		{name: "phone taken", member: func(v talk.View) talk.Output {
			return attached(v, engine.Member{}, &engine.Error{Kind: engine.KindTaken, ID: "phone_taken"})
		}},
		{name: "phone invalid", member: func(v talk.View) talk.Output {
			return attached(v, engine.Member{}, &engine.Error{Kind: engine.KindInvalid, ID: "phone_invalid"})
		}},
		{name: "phone skipped", member: func(v talk.View) talk.Output { return Text(typed(v, v.T("guest.phone.skip.btn"))) }},
		{name: "card", member: Home},
		{name: "card of an owner", member: func(v talk.View) talk.Output {
			v.Staff = &engine.Staff{Role: engine.RoleOwner}
			return Home(v)
		}},
		{name: "card with everything going on", member: func(v talk.View) talk.Output {
			v.Program.State = engine.ProgramPaused
			v.Account.Debt = 20
			v.Account.Lots[1].ActiveFrom = testNow.Add(time.Hour)
			v.Account.Holds = []ledger.Hold{{ID: holdID, Points: 10, ExpiresAt: testNow.Add(time.Minute)}}
			return Home(v)
		}},
		{name: "blocked card", member: func(v talk.View) talk.Output { v.Member.State = engine.MemberBlocked; return Home(v) }},
		{name: "foreign card", member: func(v talk.View) talk.Output { return Start(v, talk.Link{Card: "other"}) }},
		{name: "code", member: func(v talk.View) talk.Output {
			return coded(press(v, bots.SlotCard), live{Code: "482913", Until: testNow.Add(3 * time.Minute)}, nil)
		}},
		{name: "balance", member: balance},
		{name: "balance without end", member: func(v talk.View) talk.Output { v.Account.Lots = nil; return balance(v) }},
		{name: "history", member: func(v talk.View) talk.Output {
			return paged(v, page{Items: someHistory(), Older: true, Newer: true}, nil)
		}},
		{name: "empty history", member: func(v talk.View) talk.Output { return paged(v, page{}, nil) }},
		{name: "why a sale", member: func(v talk.View) talk.Output { return told(v, saleExplained(), nil) }},
		{name: "why a return", member: func(v talk.View) talk.Output { return told(v, returnExplained(), nil) }},
		{name: "why of nobody", member: func(v talk.View) talk.Output {
			return told(v, explained{}, &engine.Error{Kind: engine.KindNotFound, ID: "not_found"})
		}},
		{name: "invite", member: invite},
		{name: "settings", member: settings},
		{name: "paused card", member: func(v talk.View) talk.Output { v.Member.State = engine.MemberPaused; return Home(v) }},
		{name: "settings of a paused card", member: func(v talk.View) talk.Output {
			v.Member.State = engine.MemberPaused
			return paused(v, struct{}{}, nil)
		}},
		{name: "settings with news, without a phone", member: func(v talk.View) talk.Output {
			v.Member.Phone, v.Member.Name = "", ""
			v.Consent[engine.PurposeMarketing] = true
			return settings(v)
		}},
		{name: "name", member: func(v talk.View) talk.Output { return askName(v, "") }},
		{name: "empty name", member: func(v talk.View) talk.Output {
			v.Session = talk.In(Flow, stepName, nil)
			return Text(typed(v, "\u200b"))
		}},
		{name: "renamed", member: func(v talk.View) talk.Output { return renamed(v, *v.Member, nil) }},
		{name: "language chosen", member: func(v talk.View) talk.Output { return chosen(press(v, bots.SlotScreen), struct{}{}, nil) }},
		{name: "stop", member: func(v talk.View) talk.Output { return stop(v) }},
		{name: "stop without a card", nobody: stop},
		{name: "privacy", member: privacy},
		{name: "privacy before joining", nobody: privacy},
		{name: "export", member: func(v talk.View) talk.Output {
			return exported(v, engine.Export{Program: "Кава на розі", Card: "123456786"}, nil)
		}},
		{name: "delete", member: leave},
		{name: "delete, the last question", member: func(v talk.View) talk.Output {
			v.Session = talk.In(Flow, stepDelete, nil).Marked("m1")
			return leaveSure(press(v, bots.SlotScreen), talk.Pressed{Action: actDelete2, Mark: "m1"})
		}},
		{name: "deleted", nobody: func(v talk.View) talk.Output {
			v.Erased = true
			return erased(press(v, bots.SlotScreen), struct{}{}, nil)
		}},
		{name: "nothing to delete", nobody: leave},
		{name: "spent", member: func(v talk.View) talk.Output {
			return confirmed(press(v, slotAsk), engine.Posted{PostingID: postingID, Redeemed: 120, Payable: 28000}, nil)
		}},
		{name: "spend too late", member: func(v talk.View) talk.Output {
			return confirmed(press(v, slotAsk), engine.Posted{}, &engine.Error{Kind: engine.KindExpired, ID: "hold_over"})
		}},
		{name: "spend refused", member: func(v talk.View) talk.Output {
			return confirmed(press(v, slotAsk), engine.Posted{}, &engine.Error{Kind: engine.KindForbidden, ID: "program_not_active"})
		}},
		{name: "spend denied", member: func(v talk.View) talk.Output { return denied(press(v, slotAsk), engine.HoldDenied, nil) }},
		{name: "spend denied after the yes", member: func(v talk.View) talk.Output { return denied(press(v, slotAsk), engine.HoldCommitted, nil) }},
		{name: "help", member: func(v talk.View) talk.Output { return help(v, "") }},
		{name: "unknown command of staff", nobody: func(v talk.View) talk.Output {
			v.Staff = &engine.Staff{Role: engine.RoleCashier}
			return Unknown(v)
		}},
		{name: "small talk", member: func(v talk.View) talk.Output { return Text(typed(v, "hello?")) }},
		{name: "opening soon", nobody: func(v talk.View) talk.Output { v.Program.State = engine.ProgramSetup; return Closed(v) }},
		{name: "paused", nobody: func(v talk.View) talk.Output { v.Program.State = engine.ProgramPaused; return Start(v, talk.Link{}) }},
		{name: "too many codes", member: func(v talk.View) talk.Output {
			return coded(v, live{}, &engine.Error{Kind: engine.KindLimit, ID: "too_many_codes"})
		}},
		{name: "notice: earned", member: notices(engine.Notice{Kind: engine.NoticeSale, PostingID: postingID, Args: map[string]any{"location": "x", "place": "Подол <1>"},
			Posted: &engine.Posted{Total: 40000, Payable: 40000, Earned: 20, Expires: time.Date(2026, 12, 30, 22, 0, 0, 0, time.UTC)}})},
		{name: "notice: spent and earned", member: notices(engine.Notice{Kind: engine.NoticeSale, PostingID: postingID,
			Posted: &engine.Posted{Total: 40000, Payable: 28000, Redeemed: 120, Earned: 14}})},
		{name: "notice: spent only", member: notices(engine.Notice{Kind: engine.NoticeSale, PostingID: postingID,
			Posted: &engine.Posted{Total: 40000, Payable: 28000, Redeemed: 120}})},
		{name: "notice: earned nothing", member: notices(engine.Notice{Kind: engine.NoticeSale, PostingID: postingID,
			Posted: &engine.Posted{Total: 5000, Payable: 5000, Effects: []rules.Effect{
				{Rule: "redeem", State: rules.Suggested, Reason: rules.Reason{ID: "redeem_limit"}},
				{Rule: "earn", State: rules.Inapplicable, Reason: rules.Reason{ID: "earn_min_check", Args: map[string]int64{rules.ArgMoney: 12000}}}}}})},
		{name: "notice: undone", member: notices(engine.Notice{Kind: engine.NoticeReturn, PostingID: postingID, Args: map[string]any{"undo": true},
			Posted: &engine.Posted{Total: 40000, Restored: 120, Revoked: 14, CashBack: 28000}})},
		{name: "notice: return with a debt", member: func(v talk.View) talk.Output {
			v.Account.Debt = 5
			return notices(engine.Notice{Kind: engine.NoticeReturn, PostingID: postingID,
				Posted: &engine.Posted{Total: 10000, Revoked: 5, CashBack: 10000}})(v)
		}},
		{name: "notice: gift", member: notices(engine.Notice{Kind: engine.NoticeAdjust, PostingID: postingID, Args: map[string]any{"points": float64(50), "note": "Вибачте за чекання"}})},
		{name: "notice: correction", member: notices(engine.Notice{Kind: engine.NoticeAdjust, PostingID: postingID, Args: map[string]any{"points": json.Number("-50"), "note": "x"}})},
		{name: "notice: welcome", member: notices(engine.Notice{Kind: engine.NoticeWelcome, Args: map[string]any{"points": int64(50)}})},
		{name: "notice: expired", member: notices(engine.Notice{Kind: engine.NoticeExpired, PostingID: postingID, Args: map[string]any{"points": float64(-50), "note": ""}})},
		{name: "notice: ask", member: func(v talk.View) talk.Output {
			v.Account.Holds = []ledger.Hold{{ID: holdID, Points: 120, ExpiresAt: testNow.Add(time.Minute)}}
			return notices(engine.Notice{Kind: engine.NoticeSpendAsk, HoldID: holdID,
				Args: map[string]any{"points": float64(120), "total": float64(40000), "payable": float64(28000), "place": "Подол"}})(v)
		}},
		{name: "notice: ask is over", member: notices(engine.Notice{Kind: engine.NoticeSpendClosed, HoldID: holdID})},
		{name: "notice: friend", member: notices(engine.Notice{Kind: engine.NoticeFriend, Args: map[string]any{"name": "Іван"}})},
		{name: "notice: nameless friend", member: notices(engine.Notice{Kind: engine.NoticeFriend, Args: map[string]any{"name": ""}})},
		{name: "card with a Mini App", member: func(v talk.View) talk.Output { return Home(inApp(v)) }},
		{name: "blocked card with a Mini App", member: func(v talk.View) talk.Output {
			v.Member.State = engine.MemberBlocked
			return Home(inApp(v))
		}},
		{name: "card in a browser", member: func(v talk.View) talk.Output {
			return webShown(inApp(v), talk.Login{Link: "https://kava.example/app/kava/in/AAAAAAAAAAAAAAAAAAAAAA", Until: testNow.Add(10 * time.Minute)}, nil)
		}},
		{name: "card in a browser: too many links", member: func(v talk.View) talk.Output {
			return webShown(inApp(v), talk.Login{}, &engine.Error{Kind: engine.KindLimit, ID: "too_many_logins"})
		}},
		{name: "help with a Mini App", member: func(v talk.View) talk.Output { return help(inApp(v), "") }},
		{name: "notice: earned, with a Mini App", member: func(v talk.View) talk.Output {
			return notices(engine.Notice{Kind: engine.NoticeSale, PostingID: postingID, Posted: &engine.Posted{Total: 40000, Payable: 40000, Earned: 20}})(inApp(v))
		}},
	}
}

// inApp is the view in a shop that has a Mini App.
func inApp(v talk.View) talk.View {
	v.App = "https://kava.example/app/kava/"
	return v
}

func notices(n engine.Notice) func(v talk.View) talk.Output {
	return func(v talk.View) talk.Output {
		v.Event = bots.Event{}
		return talk.Output{Say: Notice(v, n)}
	}
}

func someHistory() []engine.HistoryItem {
	item := func(id string, kind ledger.Kind, points, earned, burned int64, days int) engine.HistoryItem {
		p := engine.Posting{ID: postingID[:len(postingID)-1] + id, Kind: kind, OccurredAt: testNow.AddDate(0, 0, -days), Note: "за чекання"}
		p.Points, p.Earned, p.Burned = pts(points), pts(earned), pts(burned)
		return engine.HistoryItem{Posting: p}
	}
	mixed := item("1", ledger.KindSale, -106, 14, 120, 0)
	mixed.Sale, mixed.Location = &engine.Sale{Total: 40000}, "Поділ <1>"
	return []engine.HistoryItem{mixed, item("2", ledger.KindReverse, -5, 0, 0, 1), item("3", ledger.KindAdjust, 50, 50, 0, 2),
		item("4", ledger.KindExpire, -1250, 0, 0, 300), item("5", ledger.KindWelcome, 50, 50, 0, 400)}
}

func saleExplained() explained {
	x := explained{Item: someHistory()[0], Answer: engine.Posted{PostingID: postingID, Expires: time.Date(2026, 12, 30, 22, 0, 0, 0, time.UTC)}}
	x.Item.Posting.Version = 3
	x.Item.Posting.Reasons = []rules.Effect{
		{Rule: "redeem", State: rules.Applied, Reason: rules.Reason{ID: "redeemed", Args: map[string]int64{rules.ArgPoints: 120, rules.ArgMoney: 12000}}},
		{Rule: "earn", State: rules.Applied, Reason: rules.Reason{ID: "earned_excluded", Args: map[string]int64{
			rules.ArgBase: 28000, rules.ArgRate: 500, rules.ArgPoints: 14, "excluded": 9900}}},
	}
	return x
}

func returnExplained() explained {
	x := explained{Item: someHistory()[1], Answer: engine.Posted{PostingID: postingID, CashBack: 10000}}
	x.Item.Posting.Version = 3
	x.Item.Posting.Reasons = []rules.Effect{
		{Rule: "return", State: rules.Applied, Reason: rules.Reason{ID: "returned_spent", Args: map[string]int64{rules.ArgPoints: 2}}},
		{Rule: "return", State: rules.Applied, Reason: rules.Reason{ID: "returned_earned", Args: map[string]int64{rules.ArgPoints: 7, rules.ArgMoney: 10000}}},
		{Rule: "return", State: rules.Skipped, Reason: rules.Reason{ID: "written_off", Args: map[string]int64{rules.ArgPoints: 1}}},
	}
	return x
}
