package staff

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// enterForm asks for a promo code or a certificate of the guest on the counter.
func enterForm(v talk.View, c counter, n note) talk.Output {
	ask := v.Rich("staff.enter.ask")
	switch {
	case !v.Program.Settings.Gifts.On:
		ask = v.Rich("staff.enter.ask_promo")
	case len(v.Program.Settings.Codes) == 0:
		ask = v.Rich("staff.enter.ask_certificate")
	}
	return shown(v, stepEnter, c, n, talk.Paragraphs(guestLine(v, c.Guest), ask), talk.Row(marked(v, v.T("common.back.btn"), actBack, ""), cancelButton(v)))
}

// entry is what a typed code turned out to be.
type entry struct {
	certificate *engine.Certificate // nothing has been done with it yet
	entered     engine.CodeEntered
}

// enterCode takes a code of the guest: a promo code works at once, a certificate leaves a choice.
func enterCode(v talk.View, c counter, text string) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (found entry, err error) {
		if v.Program.Settings.Gifts.On && digits(text) == certificateDigits {
			certificate, err := e.FindCertificate(ctx, v.Program.ID, v.Staff.ID, text)
			found.certificate = &certificate
			return found, err
		}
		found.entered, err = e.EnterCode(ctx, engine.EnterCodeInput{Key: key, ProgramID: v.Program.ID, MemberID: c.Guest.ID, Text: text, StaffID: v.Staff.ID})
		return found, err
	}, func(v talk.View, found entry, err error) talk.Output { return entered(v, c, found, err) }))
}

// certificateDigits is the length of a certificate's code.
const certificateDigits = 12

// digits counts the digits of a text that has nothing else but separators; 0 for any other.
func digits(text string) (n int) {
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			n++
		case unicode.IsLetter(r):
			return 0
		}
	}
	return n
}

func entered(v talk.View, c counter, found entry, err error) talk.Output {
	switch {
	case err != nil:
		return enterForm(v, c, trouble(v, err))
	case found.certificate != nil:
		return paperForm(v, c, note{}, *found.certificate)
	}
	return offer(v, c, note{good: enteredLine(v, c, found.entered)})
}

// enteredLine says what a code gave.
func enteredLine(v talk.View, c counter, got engine.CodeEntered) bots.Rich {
	args := locales.Args{"Name": c.Guest.called(v), "Points": v.Points(got.Earned)}
	var out []bots.Rich
	if got.Earned > 0 {
		out = append(out, v.Rich("staff.enter.points", args))
	}
	if got.Coupon != nil {
		args["Coupon"] = v.Name("coupon:"+got.Coupon.Kind, got.Coupon.Kind)
		out = append(out, v.Rich("staff.enter.coupon", args))
	}
	if got.Certificate != nil && got.Certificate.Points == 0 {
		args["Left"] = v.Money(got.Certificate.Left)
		out = append(out, v.Rich("staff.enter.certificate", args))
	}
	return talk.Lines(out...)
}

// paperForm shows a certificate that was found by its code, and what can be done with it.
func paperForm(v talk.View, c counter, n note, found engine.Certificate) talk.Output {
	c.Papers = slices.DeleteFunc(slices.Clone(c.Papers), func(p paper) bool { return p.ID == found.ID })
	c.Papers = append(c.Papers, paper{ID: found.ID, Left: found.Left})
	var rows [][]bots.Button
	if found.State == engine.CertificateActive {
		if found.Points == 0 {
			rows = append(rows, talk.Row(primary(marked(v, v.T("staff.btn.pay_this"), actPay, found.ID))))
		}
		if found.Points > 0 || found.MemberID == "" {
			rows = append(rows, talk.Row(marked(v, v.T("staff.btn.keep"), actKeep, found.ID)))
		}
	}
	return shown(v, stepPaper, c, n, talk.Paragraphs(guestLine(v, c.Guest), certificateText(v, found)),
		append(rows, talk.Row(marked(v, v.T("common.back.btn"), actBack, ""), cancelButton(v)))...)
}

// certificateText says what a certificate holds, until when, and whether it works.
func certificateText(v talk.View, c engine.Certificate) bots.Rich {
	holds := v.Money(c.Left)
	if c.Points > 0 {
		holds = v.Points(c.Points)
	}
	head := v.Rich("staff.certificate.holds", locales.Args{"Holds": holds})
	switch c.State {
	case engine.CertificateSpent:
		return v.Rich("staff.certificate.spent")
	case engine.CertificateExpired:
		return talk.Lines(head, v.Rich("staff.certificate.expired", locales.Args{"Date": v.LastDay(c.ExpiresAt)}))
	case engine.CertificateBlocked:
		return talk.Lines(head, v.Rich("staff.certificate.blocked"))
	}
	term := v.Rich("staff.certificate.for_ever")
	if !c.ExpiresAt.IsZero() {
		term = v.Rich("staff.certificate.until", locales.Args{"Date": v.LastDay(c.ExpiresAt)})
	}
	return talk.Lines(head, term)
}

// keepPaper puts a certificate on the guest's card, or its points.
func keepPaper(v talk.View, c counter, id string) talk.Output {
	if !slices.ContainsFunc(c.Papers, func(p paper) bool { return p.ID == id }) {
		return stale(v)
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (found entry, err error) {
		code, err := codeOf(ctx, e, v, id)
		if err != nil {
			return found, err
		}
		found.entered, err = e.ClaimCertificate(ctx, engine.EnterCodeInput{Key: key, ProgramID: v.Program.ID, MemberID: c.Guest.ID, Text: code, StaffID: v.Staff.ID})
		return found, err
	}, func(v talk.View, found entry, err error) talk.Output { return entered(v, c, found, err) }))
}

// papers are the certificates that may pay for the check: those of the guest's card, and those whose code was typed here.
func papers(c counter, w visit) []paper {
	known := slices.Clone(c.Papers)
	for _, found := range w.certificates {
		i := slices.IndexFunc(known, func(p paper) bool { return p.ID == found.ID })
		switch {
		case found.Points > 0 || found.Left == 0:
		case i < 0:
			known = append(known, paper{ID: found.ID, Left: found.Left})
		default:
			known[i].Left = found.Left
		}
	}
	return known
}

// paperRows let a certificate pay, or keep it.
func paperRows(v talk.View, c counter) [][]bots.Button {
	var rows [][]bots.Button
	for _, p := range c.Papers[:min(len(c.Papers), 3)] {
		key := v.T("staff.btn.pay", locales.Args{"Left": v.Money(p.Left)})
		if slices.ContainsFunc(c.Pays, func(q paper) bool { return q.ID == p.ID }) {
			key = v.T("staff.btn.no_pay", locales.Args{"Left": v.Money(p.Left)})
		}
		rows = append(rows, talk.Row(marked(v, key, actPay, p.ID)))
	}
	return rows
}

// payWith has a certificate of the screen pay for the check; the second tap takes it back.
func payWith(v talk.View, c counter, id string) talk.Output {
	i := slices.IndexFunc(c.Papers, func(p paper) bool { return p.ID == id })
	if i < 0 {
		return stale(v)
	}
	pays := slices.ContainsFunc(c.Pays, func(p paper) bool { return p.ID == id })
	c.Pays = slices.DeleteFunc(slices.Clone(c.Pays), func(p paper) bool { return p.ID == id })
	if !pays {
		c.Pays = append(c.Pays, c.Papers[i])
	}
	c.Offer, c.Limit = 0, 0
	if c.Sum == 0 {
		return offer(v, c, note{good: v.Rich("staff.certificate.will_pay", locales.Args{"Left": v.Money(c.Papers[i].Left)})})
	}
	return offer(v, c, note{})
}

// isCertificate reports whether an error is about a certificate that was to pay.
func isCertificate(err error) bool {
	id := errorID(err)
	return strings.HasPrefix(id, "certificate_")
}
