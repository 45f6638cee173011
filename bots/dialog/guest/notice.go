package guest

import (
	"encoding/json"
	"slices"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/locales"
	"kartka/words"
)

// Notice puts a notice to a guest into words. After one that moves points the card is brought up to date. A place is named
// when the notice's args hold its name under "place".
func Notice(v talk.View, n engine.Notice) []bots.Message {
	if n.Kind == engine.NoticeShareLeft { // the one notice to somebody who has no card any more
		return shareLeft(v)
	}
	if v.Member == nil { // left meanwhile
		return nil
	}
	switch n.Kind {
	case engine.NoticeSpendAsk:
		return ask(v, n)
	case engine.NoticeSpendClosed:
		return closed(v, n)
	case engine.NoticeFriend:
		return []bots.Message{newFriend(v, n)}
	case engine.NoticeShareJoined:
		return []bots.Message{shareJoined(v, n)}
	case engine.NoticePhone:
		return []bots.Message{plain(v.Rich("notice.phone", locales.Args{"Phone": words.CleanName(word(n.Args["phone"]), 32)}),
			talk.Row(cardButton(v), button(v.T("guest.settings.btn"), actSettings, "")))}
	}
	if said := right(v, n); said != nil {
		return append(said, refresh(v))
	}
	text, rows := worded(v, n)
	if text == "" {
		return nil
	}
	if asks(v, n) {
		text = talk.Paragraphs(text, v.Rich("guest.rate.ask"))
		rows = append([][]bots.Button{starRow(v, purchase(n.Posted.SaleID))}, rows...)
	}
	return []bots.Message{plain(text, rows...), refresh(v)}
}

// worded is a notice that moves points, with the balance, and what leads on from it. It is "" for one of another kind.
func worded(v talk.View, n engine.Notice) (bots.Rich, [][]bots.Button) {
	text := moved(v, n)
	if text == "" {
		return "", nil
	}
	row := talk.Row(cardButton(v))
	if n.PostingID != "" {
		row = append(row, whyButton(v, n.PostingID))
	}
	return talk.Paragraphs(text, talk.Lines(balanceLine(v), owes(v))), append(noticeRows(v, n), row)
}

// plain is a notice as an ordinary message.
func plain(text bots.Rich, rows ...[]bots.Button) bots.Message {
	return bots.Message{Text: text, Buttons: rows, Purpose: bots.PurposeService}
}

// moved says what happened to the points, "" for a notice of another kind.
func moved(v talk.View, n engine.Notice) bots.Rich {
	points := money.Points(number(n.Args["points"]))
	name := words.CleanName(word(n.Args["name"]), 40)
	args := locales.Args{"Points": v.Points(points), "Name": name}
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
	case engine.NoticeActivated:
		return talk.Lines(v.Rich("notice.activated", args), last(v, n))
	case engine.NoticeBonus:
		return bonus(v, n, points)
	case engine.NoticeGift:
		return gifted(v, n)
	case engine.NoticeReferral:
		return referred(v, name, points)
	case engine.NoticeTransfer:
		if name == "" {
			return v.Rich("notice.transfer.someone", args)
		}
		return v.Rich("notice.transfer.named", args)
	case engine.NoticeMerged:
		var came bots.Rich
		if points > 0 {
			came = v.Rich("notice.merged.points", args)
		}
		return talk.Lines(v.Rich("notice.merged.text"), came)
	case engine.NoticeParted:
		return v.Rich("notice.parted")
	}
	return ""
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

func newFriend(v talk.View, n engine.Notice) bots.Message {
	text := v.Rich("notice.friend.someone")
	if name := words.CleanName(word(n.Args["name"]), 40); name != "" {
		text = v.Rich("notice.friend.named", locales.Args{"Name": name})
	}
	return plain(text, talk.Row(cardButton(v), button(v.T("guest.invite.btn"), actInvite, "")))
}

func shareJoined(v talk.View, n engine.Notice) bots.Message {
	text := v.Rich("notice.share.someone")
	if name := words.CleanName(word(n.Args["name"]), 40); name != "" {
		text = v.Rich("notice.share.named", locales.Args{"Name": name})
	}
	return plain(text, talk.Row(cardButton(v), button(v.T("guest.family.btn"), actFamily, "")))
}

// shareLeft tells a person that a card is not shared with them any more. Whoever has another card by now needs no word of it.
func shareLeft(v talk.View) []bots.Message {
	if v.Member != nil {
		return nil
	}
	return []bots.Message{plain(v.Rich("notice.share.left", locales.Args{"Program": v.Program.Settings.Name}), talk.Row(cardButton(v)))}
}

// balanceLine is what the person has now; a program without points has no balance.
func balanceLine(v talk.View) bots.Rich {
	b := v.Balance()
	if b.Total == 0 && !talk.PointsOn(v.Program.Settings) {
		return ""
	}
	return v.Rich("notice.balance", locales.Args{"Points": v.Points(b.Available)})
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
