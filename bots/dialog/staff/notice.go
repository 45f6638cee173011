package staff

import (
	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
	"kartka/words"
)

// Notice tells staff what has happened without their doing: a guest's answer, a new colleague, the end of their own access.
func Notice(v talk.View, n engine.Notice) []bots.Message {
	switch n.Kind {
	case engine.NoticeSpendDone:
		if n.Posted == nil {
			return nil
		}
		return []bots.Message{spendDone(v, n)}
	case engine.NoticeSpendDenied, engine.NoticeSpendLate:
		return []bots.Message{spendFailed(v, n)}
	case engine.NoticeStaffJoined:
		return []bots.Message{colleague(v, n)}
	case engine.NoticeStaffLeft:
		return []bots.Message{{Purpose: bots.PurposeService, Text: v.Rich("staff.notice.left", locales.Args{"Shop": v.Program.Settings.Name}),
			Buttons: talk.Column(talk.Button(v.T("staff.btn.card"), guestFlow, "home", "", ""))}}
	}
	return nil
}

// answered makes the message of an answer. It takes the place of the waiting screen while the cashier still looks at it, and comes
// by itself when the next guest is at the counter.
func answered(v talk.View, c counter, hold string, text bots.Rich, buttons [][]bots.Button) bots.Message {
	m := bots.Message{Purpose: bots.PurposeService, Text: text, Buttons: buttons}
	if step(v) == stepWait && c.Asked != nil && c.Asked.Hold == hold {
		m.Slot, m.Fresh = bots.SlotScreen, true
	}
	return m
}

func spendDone(v talk.View, n engine.Notice) bots.Message {
	c := onCounter(v)
	r := receipt{Posted: *n.Posted}
	if name, ok := n.Args["name"].(string); ok {
		r.Name = words.CleanName(name, 40)
	}
	if at := place(v); at != nil {
		r.Place = words.CleanName(at.Name, 64)
	}
	return answered(v, c, n.HoldID, receiptText(v, r), receiptButtons(v, r.Posted.SaleID))
}

func spendFailed(v talk.View, n engine.Notice) bots.Message {
	c := onCounter(v)
	if c.Asked == nil || c.Asked.Hold != n.HoldID {
		args := locales.Args{"Points": v.Points(points(n.Args["points"]))}
		text := v.Rich("staff.notice.late", args)
		if n.Kind == engine.NoticeSpendDenied {
			text = v.Rich("staff.notice.denied", args)
		}
		return answered(v, c, n.HoldID, text, talk.Column(homeButton(v)))
	}
	args := locales.Args{"Name": c.Asked.Guest.called(v), "Points": v.Points(c.Asked.Points), "Sum": v.Money(c.Asked.Sum)}
	text := v.Rich("staff.notice.late_named", args)
	if n.Kind == engine.NoticeSpendDenied {
		text = v.Rich("staff.notice.denied_named", args)
	}
	return answered(v, c, n.HoldID, text, [][]bots.Button{
		talk.Row(lasting(v.T("staff.btn.plain"), actPlain, n.HoldID)),
		talk.Row(lasting(v.T("staff.btn.again"), actAgain, n.HoldID), homeButton(v))})
}

func colleague(v talk.View, n engine.Notice) bots.Message {
	name, _ := n.Args["name"].(string)
	role, _ := n.Args["role"].(string)
	g := guest{Name: words.CleanName(name, 40)}
	if g.Name == "" {
		g.Name = v.T("staff.notice.somebody")
	}
	return bots.Message{Purpose: bots.PurposeService, Text: v.Rich("staff.notice.joined", locales.Args{"Name": g.Name, "Role": roleName(v, role)}),
		Buttons: talk.Column(talk.Button(v.T("owner.home.btn"), ownerFlow, "home", "", ""))}
}

// points reads a number of points that may have been through JSON.
func points(value any) money.Points {
	switch n := value.(type) {
	case int64:
		return money.Points(n)
	case float64:
		return money.Points(n)
	}
	return 0
}
