package owner

import (
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// draft is what the wizard has been told so far. It lives in the session.
type draft struct {
	Name      string       `json:"name,omitempty"`
	Currency  string       `json:"currency,omitempty"`
	Zone      string       `json:"zone,omitempty"`
	Languages []string     `json:"languages,omitempty"` // the first is the default
	Preset    string       `json:"preset,omitempty"`
	Check     money.Amount `json:"check,omitempty"` // the average one
	terms
	Welcome money.Rate `json:"welcome,omitempty"` // as a share of the average check
	Place   string     `json:"place,omitempty"`
}

// currency is the draft's, with two decimals as long as none is chosen.
func (d draft) currency() money.Currency {
	c, err := money.LookupCurrency(d.Currency)
	if err != nil {
		return money.Currency{Decimals: 2}
	}
	return c
}

// preset is the draft's industry, the first as long as none is chosen.
func (d draft) preset() rules.Preset {
	p, ok := rules.LookupPreset(d.Preset)
	if !ok {
		return rules.Presets()[0]
	}
	return p
}

// settings are those of a shop as the draft describes it. What the operator has set up and the wizard does not ask about is kept.
func (d draft) settings(now *rules.Settings) rules.Settings {
	zone, err := time.LoadLocation(d.Zone)
	if err != nil {
		zone = time.UTC
	}
	s := d.preset().Draft(d.Name, d.currency(), zone, d.Languages, d.Check)
	s.Earn.Rate, s.Earn.MinCheck, s.Redeem.Limit, s.Lots.Days = d.Rate, d.MinCheck, d.Limit, d.Days
	s.Unit.StepWorth = rules.PointWorth(s.Currency, d.Check, d.Rate)
	s.Welcome.Points = welcomePoints(&s, d.Check, d.Welcome)
	if now != nil {
		s.Links = now.Links
		if now.Unit.Name != "" {
			s.Unit.Name = now.Unit.Name
		}
		if now.Currency == s.Currency {
			s.Staff = now.Staff
		}
	}
	return s
}
