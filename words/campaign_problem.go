package words

import (
	"kartka/engine/campaign"
	"kartka/engine/money"
	"kartka/locales"
)

// CampaignProblem says what is wrong with a message for many and what to do about it. Where it is says [Words.CampaignPlace].
func (w Words) CampaignProblem(p *campaign.Problem) string {
	key := "campaign.problem." + p.ID
	if !w.P.Has(key) {
		return w.T("error.internal")
	}
	args := locales.Args{
		"Near": CleanName(p.Near, nearMost), "Like": CleanName(p.Suggest, campaign.MaxPlaceholder), "Language": w.languageName(p.Language),
		"Example": w.placeholder(campaign.FieldName, w.T("campaign.instead.name")), "Label": "", "Button": "",
	}
	for _, name := range []string{"Least", "Max", "Button"} {
		if n, known := wholeNumber(p.Args[name]); known {
			args[name] = w.P.Number(n)
		}
	}
	most, _ := wholeNumber(p.Args["Max"])
	switch p.ID {
	case campaign.ProblemOpen:
		if p.Suggest != "" {
			args["Example"] = args["Like"]
		}
	case campaign.ProblemFallback:
		field, _ := p.Args["Field"].(string)
		w.wantsFallback(campaign.Field(field), args)
	case campaign.ProblemGiftUntold:
		args["Example"] = w.placeholder(campaign.FieldGift, "")
	case campaign.ProblemGiftPoints:
		args["Points"] = w.Points(money.Points(most))
	case campaign.ProblemGiftAmount:
		args["Sum"] = w.Money(money.Amount(most))
	case campaign.ProblemHoldout:
		args["Max"] = w.Percent(money.Rate(most))
	case campaign.ProblemGiftNoCoupon:
		args["Label"] = w.T("campaign.btn.coupon")
	case campaign.ProblemButtonTwice:
		kind, _ := p.Args["Kind"].(string)
		args["Label"] = w.one("campaign.btn.", kind)
	}
	switch {
	case p.Suggest != "" && w.P.Has(key+"_like"):
		key += "_like"
	case p.Near == "" && w.P.Has(key+"_none"):
		key += "_none"
	}
	return w.T(key, args)
}

// wantsFallback shows a placeholder in the person's words, and how it is written with what stands in for it.
func (w Words) wantsFallback(f campaign.Field, args locales.Args) {
	instead := "…"
	if f == campaign.FieldName {
		instead = w.T("campaign.instead.name")
	}
	args["Near"], args["Example"] = w.placeholder(f, ""), w.placeholder(f, instead)
}

// placeholder is how a placeholder is written in the person's language.
func (w Words) placeholder(f campaign.Field, instead string) string {
	name := w.T("campaign.word." + string(f))
	if instead != "" {
		name += "|" + instead
	}
	return "{" + name + "}"
}

// wholeNumber reads a number of a problem.
func wholeNumber(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	}
	return 0, false
}
