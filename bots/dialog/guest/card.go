package guest

import (
	"context"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
	"kartka/words"
)

// Home is the guest's card; whoever has none is offered one.
func Home(v talk.View) talk.Output {
	if v.Member == nil {
		return begin(v, joiningOf(v))
	}
	return v.SayAnd(away(v), card(v, ""))
}

// card is the card message, with a note above it. It moves to the bottom of the chat unless the person presses on it.
func card(v talk.View, note bots.Rich) bots.Message {
	return bots.Message{
		Slot: bots.SlotCard, Fresh: !v.PressedOn(bots.SlotCard), Ack: v.Ack(),
		Text: caption(v, note), Photo: picture(v), Buttons: cardRows(v),
	}
}

// refresh is the card brought up to date where it stands, without a sound and only if it is shown.
func refresh(v talk.View) bots.Message {
	return bots.Message{Slot: bots.SlotCard, OnlyIfShown: true, Silent: true, Purpose: bots.PurposeService,
		Text: caption(v, ""), Photo: picture(v), Buttons: cardRows(v)}
}

// picture is the QR code of the card's link, which never changes. Any phone's camera opens it: for the guest it shows the own card,
// for the cashier the guest.
func picture(v talk.View) *bots.Photo {
	return &bots.Photo{QR: v.DeepLink(talk.Link{Card: v.Member.Token}), Keep: true}
}

// captionUnits is the longest text that every messenger carries beside a picture, and mostStamps how many stamp cards it tells of.
const (
	captionUnits = 1024
	mostStamps   = 3
)

// caption is what stands under the picture, below a note. Of stamp cards it tells as many as there is room for; the offers have all.
func caption(v talk.View, note bots.Rich) bots.Rich {
	for stamps := mostStamps; ; stamps-- {
		text := talk.Paragraphs(note, captionWith(v, stamps))
		if stamps == 0 || bots.UTF16Len(bots.Plain(text)) <= captionUnits {
			return text
		}
	}
}

func captionWith(v talk.View, stamps int) bots.Rich {
	title := v.Rich("guest.card.title", locales.Args{"Program": v.Program.Settings.Name})
	if name := words.CleanName(v.Member.Name, 40); name != "" {
		title = v.Rich("guest.card.named", locales.Args{"Program": v.Program.Settings.Name, "Name": name})
	}
	b := v.Balance()
	var state, balance bots.Rich
	switch {
	case v.Member.State == engine.MemberPaused:
		state = v.Rich("guest.pause.card")
	case v.Member.State == engine.MemberBlocked:
		state = v.Rich("guest.card.blocked")
	case !active(v):
		state = v.Rich("guest.card.paused")
	}
	if talk.PointsOn(v.Program.Settings) || b.Total != 0 {
		balance = v.Rich("guest.card.balance", locales.Args{"Points": v.Points(b.Available), "Worth": worth(v, b.Available)})
	}
	return talk.Paragraphs(
		talk.Lines(title, balance, details(v, b), welcomeWaits(v)),
		talk.Lines(tierLine(v), stampLines(v, stamps), couponLine(v)),
		talk.Lines(v.Rich("guest.card.number", locales.Args{"Card": v.P.CardNumber(v.Member.Card)}), v.Rich("guest.card.foot")),
		state,
	)
}

// welcomeWaits tells of a welcome bonus that comes with the first purchase.
func welcomeWaits(v talk.View) bots.Rich {
	welcome := v.Program.Settings.Welcome
	if welcome.Points <= 0 || !welcome.WithPurchase || v.Standing.Visits > 0 {
		return ""
	}
	return v.Rich("guest.card.welcome", locales.Args{"Points": v.Points(welcome.Points)})
}

// stampLines are the lines of so many stamp cards.
func stampLines(v talk.View, most int) bots.Rich {
	cards := stampCards(v)
	var lines []bots.Rich
	for _, c := range cards[:min(len(cards), most)] {
		lines = append(lines, stampLine(v, c))
	}
	if more := len(cards) - len(lines); more > 0 {
		lines = append(lines, v.Rich("guest.stamps.more", locales.Args{"More": more}))
	}
	return talk.Lines(lines...)
}

func couponLine(v talk.View) bots.Rich {
	if n := openCoupons(v); n > 0 {
		return v.Rich("guest.card.coupons", locales.Args{"Coupons": n})
	}
	return ""
}

// details are the lines of a balance besides what can be spent; those about nothing are left out.
func details(v talk.View, b engine.Balance) bots.Rich {
	var pending, held, debt, burn bots.Rich
	if b.Pending > 0 {
		pending = v.Rich("guest.card.pending", locales.Args{"Points": v.Points(b.Pending)})
	}
	if b.Held > 0 {
		held = v.Rich("guest.card.held", locales.Args{"Points": v.Points(b.Held)})
	}
	if b.Debt > 0 {
		debt = v.Rich("guest.card.debt", locales.Args{"Points": v.Points(b.Debt)})
	}
	if !b.Next.IsZero() {
		burn = v.Rich("guest.card.burn", locales.Args{"Points": v.Points(b.NextPoints), "Date": v.LastDay(b.Next)})
	}
	return talk.Lines(burn, pending, held, debt)
}

// worth is what points pay for.
func worth(v talk.View, p money.Points) string { return v.Words().Worth(p) }

func cardRows(v talk.View) [][]bots.Button {
	var rows [][]bots.Button
	if v.App != "" {
		rows = append(rows, talk.Row(bots.Button{Text: v.T("guest.open.btn"), App: v.AppPage("")}))
	}
	if v.Member.State == engine.MemberPaused {
		rows = append(rows, talk.Row(pauseButton(v)))
	}
	if v.Program.Settings.Redeem.Limit > 0 && active(v) && v.Member.State == engine.MemberActive {
		pay := button(v.T("guest.code.btn"), actCode, "")
		pay.Style = bots.StylePrimary
		rows = append(rows, talk.Row(pay))
	}
	var more []bots.Button
	if words.OffersOn(v.Program.Settings) || openCoupons(v) > 0 {
		more = append(more, button(v.T("guest.offers.btn"), actOffers, ""))
	}
	if tiersOn(v.Program.Settings) {
		more = append(more, button(v.T("guest.tier.btn"), actTier, ""))
	}
	if len(more) > 0 {
		rows = append(rows, more)
	}
	rows = append(rows,
		talk.Row(button(v.T("guest.history.btn"), actHistory, ""), button(v.T("guest.invite.btn"), actInvite, "")),
		talk.Row(button(v.T("guest.settings.btn"), actSettings, "")))
	return append(rows, staffRow(v)...)
}

// staffRow leads those who work here to their own screens.
func staffRow(v talk.View) [][]bots.Button {
	var row []bots.Button
	if v.AtCounter() {
		row = append(row, talk.Button(v.T("guest.counter.btn"), "staff", "home", "", ""))
	}
	if v.Staff != nil && !v.Staff.Disabled && v.Staff.Role != engine.RoleCashier {
		row = append(row, talk.Button(v.T("guest.shop.btn"), "owner", "home", "", ""))
	}
	if len(row) == 0 {
		return nil
	}
	return [][]bots.Button{row}
}

// live is a live code with the instant it ends.
type live struct {
	Code  string
	Until time.Time
}

// code makes a live code. Repeating the deed makes another one; the first just runs out.
func code(v talk.View) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (live, error) {
		digits, until, err := e.IssueCode(ctx, v.Program.ID, v.Member.ID)
		return live{Code: digits, Until: until}, err
	}, coded))
}

// coded shows a live code in a message of its own that cannot be forwarded: an edit would keep the freedom of the old one.
func coded(v talk.View, r live, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	m := v.Screen(v.Rich("guest.code.text", locales.Args{"Code": v.P.CardNumber(r.Code), "Time": v.P.Time(v.Local(r.Until))}),
		talk.Row(button(v.T("guest.code.again.btn"), actCode, ""), cardButton(v)))
	m.Fresh, m.NoForward, m.Expires = true, true, r.Until
	return v.SayAnd(away(v), m)
}
