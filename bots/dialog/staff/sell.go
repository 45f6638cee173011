package staff

import (
	"context"
	"strconv"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
)

// sell is a certificate being sold, or one that was looked up.
type sell struct {
	Amount  money.Amount `json:"amount,omitempty"`
	Guest   guest        `json:"guest,omitzero"` // who was on the counter: the certificate can go on that card
	OnCard  bool         `json:"on_card,omitempty"`
	Found   string       `json:"found,omitempty"` // id of the one looked up
	Blocked bool         `json:"blocked,omitempty"`
	Sure    bool         `json:"sure,omitempty"` // blocking it has been asked for
}

// sellsCertificates reports whether the person may sell gift certificates here.
func sellsCertificates(v talk.View) bool {
	return v.AtCounter() && v.Program.Settings != nil && v.Program.Settings.Gifts.On
}

// certificate is /certificate: sell one, or look one up.
func certificate(v talk.View) talk.Output {
	c := onCounter(v)
	next := c.cleared()
	next.Sell = &sell{Guest: c.Guest}
	if text := strings.TrimSpace(v.Event.Text); text != "" {
		return sellTyped(v, next, text)
	}
	return sellForm(v, next, note{})
}

func sellForm(v talk.View, c counter, n note) talk.Output {
	gifts := v.Program.Settings.Gifts
	var rows [][]bots.Button
	for i, amount := range gifts.Amounts[:min(len(gifts.Amounts), 8)] {
		b := marked(v, v.Money(amount), actSum, strconv.FormatInt(int64(amount), 10))
		if i%2 == 0 {
			rows = append(rows, talk.Row(b))
		} else {
			rows[len(rows)-1] = append(rows[len(rows)-1], b)
		}
	}
	ask := v.Rich("staff.sell.ask")
	if gifts.Max > 0 {
		ask = v.Rich("staff.sell.ask_any", locales.Args{"Max": v.Money(gifts.Max)})
	}
	return shown(v, stepSell, c, n, talk.Paragraphs(ask, v.Rich("staff.sell.or_check")), append(rows, talk.Row(cancelButton(v)))...)
}

// sellTyped takes what is typed while certificates are sold: the amount of one, or the code of one to look up.
func sellTyped(v talk.View, c counter, text string) talk.Output {
	if c.Sell == nil {
		c.Sell = &sell{}
	}
	if digits(text) == certificateDigits {
		return lookUp(v, c, text)
	}
	if isGuest(v, text) {
		return line(v, text)
	}
	sum := readPlain(v, text)
	if !sum.ok() {
		return sellForm(v, c, note{problem: sum.problem})
	}
	return sellAmount(v, c, sum.amount)
}

// sellAmount goes on with an amount, if certificates of it are sold.
func sellAmount(v talk.View, c counter, amount money.Amount) talk.Output {
	gifts := v.Program.Settings.Gifts
	offered := amount > 0 && amount <= gifts.Max
	for _, a := range gifts.Amounts {
		offered = offered || a == amount
	}
	if !offered {
		return sellForm(v, c, note{problem: v.Rich("staff.sell.not_sold", locales.Args{"Sum": v.Money(amount)})})
	}
	s := *c.Sell
	s.Amount = amount
	c.Sell = &s
	return sellingForm(v, c, note{})
}

// sellingForm has the cashier take the money first.
func sellingForm(v talk.View, c counter, n note) talk.Output {
	rows := talk.Column(primary(marked(v, v.T("staff.btn.sold"), actSold, "")))
	whose := bots.Rich("")
	if c.Sell.Guest.ID != "" {
		whose = v.Rich("staff.sell.paper")
		text := v.T("staff.btn.on_card")
		if c.Sell.OnCard {
			whose = v.Rich("staff.sell.on_card", locales.Args{"Name": c.Sell.Guest.called(v)})
			text = v.T("staff.btn.on_paper")
		}
		rows = append(rows, talk.Row(marked(v, text, actOnCard, "")))
	}
	body := talk.Paragraphs(v.Rich("staff.receipt.take", locales.Args{"Money": v.Money(c.Sell.Amount)}),
		talk.Lines(v.Rich("staff.sell.confirm"), whose))
	return shown(v, stepSelling, c, n, body, append(rows, talk.Row(marked(v, v.T("common.back.btn"), actBack, ""), cancelButton(v)))...)
}

// sellNow makes the certificate.
func sellNow(v talk.View, c counter) talk.Output {
	in := engine.SellCertificateInput{ProgramID: v.Program.ID, StaffID: v.Staff.ID, Amount: c.Sell.Amount}
	if c.Sell.OnCard {
		in.MemberID = c.Sell.Guest.ID
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.CertificateSold, error) {
		in.Key = key
		return e.SellCertificate(ctx, in)
	}, func(v talk.View, s engine.CertificateSold, err error) talk.Output {
		return certificateSold(v, c, s, err)
	}))
}

func certificateSold(v talk.View, c counter, s engine.CertificateSold, err error) talk.Output {
	if err != nil {
		return sellForm(v, c, trouble(v, err))
	}
	found := s.Certificate
	next := c.cleared()
	next.Guest = c.Sell.Guest
	var rows [][]bots.Button
	if next.Guest.ID != "" {
		rows = talk.Column(marked(v, v.T("staff.btn.back_to", locales.Args{"Name": next.Guest.called(v)}), actBack, ""))
	}
	rows = append(rows, talk.Row(nextButton(v)))
	how := v.Rich("staff.sell.forward")
	if found.MemberID != "" {
		how = v.Rich("staff.sell.on_card", locales.Args{"Name": c.Sell.Guest.called(v)})
	}
	body := talk.Paragraphs(v.Rich("staff.sell.done", locales.Args{"Sum": v.Money(found.Amount)}), how)
	out := shown(v, stepGiven, next, note{}, body, rows...)
	if found.MemberID == "" {
		out.Say[0].Fresh = true // below the certificate, not where the form was
		out.Say = append([]bots.Message{voucher(v, found)}, out.Say...)
	}
	return out
}

// voucher is a certificate as it is forwarded to whom it is for: what it holds, the code in groups of four, the term, and the code as a
// picture for tills.
func voucher(v talk.View, c engine.Certificate) bots.Message {
	code := inFours(c.Code.Reveal())
	args := locales.Args{"Shop": v.Program.Settings.Name, "Sum": v.Money(c.Amount), "Code": code, "Link": v.DeepLink(talk.Link{Source: "gift"})}
	term := v.Rich("staff.certificate.for_ever")
	if !c.ExpiresAt.IsZero() {
		term = v.Rich("staff.certificate.until", locales.Args{"Date": v.LastDay(c.ExpiresAt)})
	}
	return bots.Message{Photo: &bots.Photo{QR: c.Code.Reveal()}, Text: talk.Paragraphs(v.Rich("staff.voucher.head", args), talk.Lines(v.Rich("staff.voucher.code", args), term), v.Rich("staff.voucher.how", args)),
		Buttons: talk.Column(bots.Button{Text: v.T("staff.btn.copy"), Copy: code})}
}

// inFours writes a code in groups of four.
func inFours(code string) string {
	var groups []string
	for len(code) > 4 {
		groups, code = append(groups, code[:4]), code[4:]
	}
	return strings.Join(append(groups, code), " ")
}

// lookUp tells what a certificate holds.
func lookUp(v talk.View, c counter, text string) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Certificate, error) {
		return e.FindCertificate(ctx, v.Program.ID, v.Staff.ID, text)
	}, func(v talk.View, found engine.Certificate, err error) talk.Output {
		return lookedUp(v, c, note{}, found, err)
	}))
}

func lookedUp(v talk.View, c counter, n note, found engine.Certificate, err error) talk.Output {
	if err != nil {
		return sellForm(v, c, trouble(v, err))
	}
	s := *c.Sell
	s.Found, s.Sure, s.Blocked = found.ID, false, found.State == engine.CertificateBlocked
	c.Sell = &s
	var rows [][]bots.Button
	switch {
	case !v.Manages():
	case s.Blocked:
		rows = append(rows, talk.Row(marked(v, v.T("staff.btn.unblock"), actBlock, "")))
	case found.State == engine.CertificateActive:
		rows = append(rows, talk.Row(marked(v, v.T("staff.btn.block"), actBlock, "")))
	}
	how := bots.Rich("")
	if found.State == engine.CertificateActive && found.Points == 0 {
		how = v.Rich("staff.certificate.pays", locales.Args{"Button": v.T("staff.btn.enter")})
	}
	return shown(v, stepCheck, c, n, talk.Paragraphs(certificateText(v, found), how),
		append(rows, talk.Row(marked(v, v.T("common.back.btn"), actBack, ""), homeButton(v)))...)
}

// lookAgain shows the certificate of the screen once more.
func lookAgain(v talk.View, c counter, n note) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Certificate, error) {
		code, err := codeOf(ctx, e, v, c.Sell.Found)
		if err != nil {
			return engine.Certificate{}, err
		}
		return e.FindCertificate(ctx, v.Program.ID, v.Staff.ID, code)
	}, func(v talk.View, found engine.Certificate, err error) talk.Output {
		return lookedUp(v, c, n, found, err)
	}))
}

// block keeps the certificate of the screen from being used, after one more question, or lets it be used again.
func block(v talk.View, c counter) talk.Output {
	s := *c.Sell
	if !s.Blocked && !s.Sure {
		s.Sure = true
		c.Sell = &s
		return blockForm(v, c, note{})
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Certificate, error) {
		if s.Blocked {
			return e.UnblockCertificate(ctx, v.Program.ID, v.Staff.ID, s.Found, "")
		}
		return e.BlockCertificate(ctx, v.Program.ID, v.Staff.ID, s.Found, "")
	}, func(v talk.View, found engine.Certificate, err error) talk.Output {
		return lookedUp(v, c, note{}, found, err)
	}))
}

func blockForm(v talk.View, c counter, n note) talk.Output {
	danger := marked(v, v.T("staff.btn.block_yes"), actBlock, "")
	danger.Style = bots.StyleDanger
	return shown(v, stepCheck, c, n, v.Rich("staff.certificate.block"), talk.Row(danger), talk.Row(marked(v, v.T("common.back.btn"), actBack, ""), homeButton(v)))
}
