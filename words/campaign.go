package words

import (
	"slices"
	"strings"

	"kartka/engine/campaign"
	"kartka/engine/segment"
	"kartka/locales"
)

// CampaignState says in a word or two what becomes of a campaign: "draft", "waiting" (for approval), "scheduled", "overdue", "running", "paused",
// "done" or "cancelled".
func (w Words) CampaignState(state string) string { return w.one("campaign.state.", state) }

// CampaignLeft says why some of an audience are not written to: "no_consent", "unreachable", "capped", "held" or "quiet". It stands before a number.
func (w Words) CampaignLeft(reason string) string { return w.one("campaign.left.", reason) }

// CampaignFailed says why a message did not arrive: "budget", "unknown", or a reason of [engine.ReasonCount]. It stands before a number.
func (w Words) CampaignFailed(reason string) string { return w.one("campaign.failed.", reason) }

// CampaignNoProof says why it cannot be told what a campaign earned, by the reason of a [campaign.Proof].
func (w Words) CampaignNoProof(reason string) string {
	if !w.P.Has("campaign.proof." + reason) {
		return w.T("error.internal")
	}
	return w.T("campaign.proof."+reason, locales.Args{"Least": w.P.Number(campaign.MinGroup)})
}

// CampaignBest says whether one variant of a campaign is better than the others, or why that cannot be told. variant names the one that leads.
func (w Words) CampaignBest(v campaign.Verdict, variant string) string {
	id := v.Reason
	if id == "" {
		id = string(v.Sure)
	}
	if !w.P.Has("campaign.best." + id) {
		return w.T("error.internal")
	}
	return w.T("campaign.best."+id, locales.Args{"Variant": variant, "Least": w.P.Number(campaign.MinGroup)})
}

// one is a text of those whose keys begin alike.
func (w Words) one(keys, id string) string {
	if !w.P.Has(keys + id) {
		return w.T("error.internal")
	}
	return w.T(keys + id)
}

// CampaignGift is what a campaign gives: what "{gift}" stands for.
func (w Words) CampaignGift(g *campaign.Gift) string {
	switch {
	case g == nil:
		return ""
	case g.Kind == campaign.GiftPoints:
		return w.Points(g.Points)
	case g.Kind == campaign.GiftCoupon:
		if name := w.Name("coupon:"+g.Coupon, ""); name != "" {
			return w.T("campaign.gift.coupon", locales.Args{"Name": name})
		}
		return w.CouponName(g.Coupon)
	case g.Kind == campaign.GiftCertificate:
		return w.T("campaign.gift.certificate", locales.Args{"Sum": w.Money(g.Amount)})
	}
	return w.T("error.internal")
}

// CampaignButton is what a button says: its own label in the person's language, else what the catalogue says for its kind. A link, which says nothing by
// itself, keeps its label in one of the shop's languages before that.
func (w Words) CampaignButton(b campaign.Button) string {
	own := string(w.P.Language())
	if label := strings.TrimSpace(b.Labels[own]); label != "" {
		return label
	}
	if b.Kind == campaign.ButtonLink {
		languages := []string{own}
		if s := w.Program.Settings; s != nil {
			languages = append(languages, s.Languages...)
		}
		if label := b.Label(languages...); label != "" {
			return label
		}
	}
	return w.one("campaign.btn.", string(b.Kind))
}

// CampaignField is how a placeholder is written in the person's language, "{name}", and what it shows.
func (w Words) CampaignField(f campaign.Field) (written, shows string) {
	return "{" + w.T("campaign.word."+string(f)) + "}", w.T("campaign.field." + string(f))
}

// CampaignFields gives the placeholders by the names they have in a language, for [campaign.ParseTemplate]. Of a language there is not it is empty.
func (w Words) CampaignFields(language string) map[string]campaign.Field {
	names := map[string]campaign.Field{}
	l, ok := locales.Parse(language)
	if !ok {
		return names
	}
	p := w.Catalog.Printer(l)
	for _, field := range campaign.Fields() {
		names[p.T("campaign.word."+string(field))] = field
	}
	return names
}

// CampaignWords gives the names of placeholders by language, for [campaign.Plan.Check].
func (w Words) CampaignWords() map[string]map[string]campaign.Field {
	all := map[string]map[string]campaign.Field{}
	for _, l := range locales.Languages() {
		all[string(l)] = w.CampaignFields(string(l))
	}
	return all
}

// CampaignPlace says where in a plan a problem is, "variant B, Ukrainian"; "" when it is about all of it. variants is how many there are: of one
// nobody needs to be told which.
func (w Words) CampaignPlace(p *campaign.Problem, variants int) string {
	var parts []string
	if p.Variant >= 0 && variants > 1 {
		parts = append(parts, w.T("campaign.place.variant", locales.Args{"Variant": CampaignVariant(p.Variant)}))
	}
	if p.Language != "" {
		parts = append(parts, w.languageName(p.Language))
	}
	return strings.Join(parts, ", ")
}

// CampaignVariant names a variant by a letter: "A" is the first.
func CampaignVariant(index int) string {
	const letters = "ABCDEFGHIJKLMNOP"
	if index < 0 || index >= len(letters) {
		return "?"
	}
	return letters[index : index+1]
}

// languageName is a language by its name, or by its code when it has none here.
func (w Words) languageName(code string) string {
	if l, ok := locales.Parse(code); ok && slices.Contains(locales.Languages(), l) {
		return w.T("segment.language." + string(l))
	}
	return CleanName(code, segment.MaxName)
}
