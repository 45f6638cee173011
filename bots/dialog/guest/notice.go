package guest

import (
	"encoding/json"
	"slices"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// Notice puts a notice to a guest into words. After one that moves points the card is brought up to date. A place is named
// when the notice's args hold its name under "place".
func Notice(v talk.View, n engine.Notice) []bots.Message {
	if v.Member == nil { // left meanwhile
		return nil
	}
	switch n.Kind {
	case engine.NoticeSpendAsk:
		return ask(v, n)
	case engine.NoticeSpendClosed:
		return closed(v, n)
	case engine.NoticeFriend:
		return []bots.Message{friend(v, n)}
	}
	text := moved(v, n)
	if text == "" {
		return nil
	}
	text = talk.Paragraphs(text, talk.Lines(v.Rich("notice.balance", locales.Args{"Points": v.Points(v.Balance().Available)}), owes(v)))
	row := talk.Row(cardButton(v))
	if n.PostingID != "" {
		row = append(row, whyButton(v, n.PostingID))
	}
	return []bots.Message{{Text: text, Buttons: [][]bots.Button{row}, Purpose: bots.PurposeService}, refresh(v)}
}

// moved says what happened to the points, "" for a notice of another kind.
func moved(v talk.View, n engine.Notice) bots.Rich {
	points := money.Points(number(n.Args["points"]))
	switch n.Kind {
	case engine.NoticeSale:
		return talk.Lines(sale(v, n), place(v, n))
	case engine.NoticeReturn:
		return talk.Lines(returned(v, n), place(v, n))
	case engine.NoticeAdjust:
		return adjusted(v, n, points)
	case engine.NoticeWelcome:
		return v.Rich("notice.welcome", locales.Args{"Points": v.Points(points)})
	case engine.NoticeExpired:
		return v.Rich("notice.expired", locales.Args{"Points": v.Points(abs(points))})
	}
	return ""
}

// sale is the receipt. A purchase that earned nothing says why in one line.
func sale(v talk.View, n engine.Notice) bots.Rich {
	p := n.Posted
	if p == nil {
		return ""
	}
	sum := v.Money(p.Total)
	var until bots.Rich
	if p.Earned > 0 && !p.Expires.IsZero() {
		until = v.Rich("notice.sale.until", locales.Args{"Date": v.LastDay(p.Expires)})
	}
	switch {
	case p.Redeemed > 0:
		text := v.Rich("notice.sale.spent", locales.Args{"Points": v.Points(p.Redeemed), "Sum": sum, "Left": v.Money(p.Payable)})
		if p.Earned > 0 {
			text = talk.Lines(text, v.Rich("notice.sale.plus", locales.Args{"Points": v.Points(p.Earned)}), until)
		}
		return text
	case p.Earned > 0:
		return talk.Lines(v.Rich("notice.sale.earned", locales.Args{"Points": v.Points(p.Earned), "Sum": sum}), until)
	}
	text := v.Rich("notice.sale.nothing", locales.Args{"Sum": sum})
	for _, effect := range p.Effects {
		if effect.Rule == "earn" && effect.State == rules.Inapplicable {
			text = talk.Lines(text, v.Rich("guest.why.reason", locales.Args{"Reason": v.Reason(effect.Reason)}))
		}
	}
	return text
}

func returned(v talk.View, n engine.Notice) bots.Rich {
	p := n.Posted
	if p == nil {
		return ""
	}
	title := v.Rich("notice.return.returned", locales.Args{"Sum": v.Money(p.Total)})
	if undo, _ := n.Args["undo"].(bool); undo {
		title = v.Rich("notice.return.undone", locales.Args{"Sum": v.Money(p.Total)})
	}
	var restored, revoked, cash bots.Rich
	if p.Restored > 0 {
		restored = v.Rich("notice.return.restored", locales.Args{"Points": v.Points(p.Restored)})
	}
	if p.Revoked > 0 {
		revoked = v.Rich("notice.return.revoked", locales.Args{"Points": v.Points(p.Revoked)})
	}
	if p.CashBack > 0 {
		cash = v.Rich("notice.return.cash", locales.Args{"Sum": v.Money(p.CashBack)})
	}
	return talk.Lines(title, restored, revoked, cash)
}

func adjusted(v talk.View, n engine.Notice, points money.Points) bots.Rich {
	args := locales.Args{"Program": v.Program.Settings.Name, "Points": v.Points(abs(points))}
	text := v.Rich("notice.adjust.plus", args)
	if points < 0 {
		text = v.Rich("notice.adjust.minus", args)
	}
	if note := bots.CleanName(word(n.Args["note"]), 200); note != "" {
		text = talk.Lines(text, v.Rich("notice.adjust.note", locales.Args{"Note": note}))
	}
	return text
}

// ask is the question whether to spend, with a sound, at the bottom of the chat. A hold that has ended asks nothing.
func ask(v talk.View, n engine.Notice) []bots.Message {
	i := slices.IndexFunc(v.Account.Holds, func(h ledger.Hold) bool { return h.ID == n.HoldID && h.Live(v.Now) })
	if i < 0 {
		return nil
	}
	points := money.Points(number(n.Args["points"]))
	total, left := money.Amount(number(n.Args["total"])), money.Amount(number(n.Args["payable"]))
	yes := button(v.T("notice.ask.yes.btn", locales.Args{"Points": v.PointsNumber(points)}), actYes, n.HoldID)
	yes.Style = bots.StyleSuccess
	text := talk.Paragraphs(
		v.Rich("notice.ask.title", locales.Args{"Points": v.Points(points)}),
		talk.Lines(v.Rich("notice.ask.sum", locales.Args{"Sum": v.Money(total), "Left": v.Money(left)}), place(v, n)),
		bots.Rich(v.P.RichN("notice.ask.wait", int64(v.Program.Settings.Staff.HoldSeconds))),
	)
	return []bots.Message{{Slot: slotAsk, Fresh: true, Purpose: bots.PurposeService, Expires: v.Account.Holds[i].ExpiresAt, Text: text,
		Buttons: [][]bots.Button{talk.Row(yes, button(v.T("notice.ask.no.btn"), actNo, n.HoldID))}}}
}

// closed ends the question where it stands. While another question is open, the living message is that one's.
func closed(v talk.View, n engine.Notice) []bots.Message {
	for _, h := range v.Account.Holds {
		if h.ID != n.HoldID && h.Live(v.Now) {
			return nil
		}
	}
	return []bots.Message{{Slot: slotAsk, OnlyIfShown: true, Silent: true, Purpose: bots.PurposeService,
		Text: v.Rich("notice.closed"), Buttons: talk.Column(cardButton(v))}}
}

func friend(v talk.View, n engine.Notice) bots.Message {
	text := v.Rich("notice.friend.someone")
	if name := bots.CleanName(word(n.Args["name"]), 40); name != "" {
		text = v.Rich("notice.friend.named", locales.Args{"Name": name})
	}
	return bots.Message{Text: text, Purpose: bots.PurposeService,
		Buttons: [][]bots.Button{talk.Row(cardButton(v), button(v.T("guest.invite.btn"), actInvite, ""))}}
}

func owes(v talk.View) bots.Rich {
	if debt := v.Balance().Debt; debt > 0 {
		return v.Rich("guest.card.debt", locales.Args{"Points": v.Points(debt)})
	}
	return ""
}

func place(v talk.View, n engine.Notice) bots.Rich {
	name := word(n.Args["place"])
	if name == "" {
		return ""
	}
	return v.Rich("notice.place", locales.Args{"Place": name})
}

func word(v any) string {
	s, _ := v.(string)
	return s
}

// number reads an integer that may have been through JSON.
func number(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case int:
		return int64(v)
	case float64:
		return int64(v)
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			return 0
		}
		return n
	}
	return 0
}

func abs(p money.Points) money.Points { return max(p, -p) }
