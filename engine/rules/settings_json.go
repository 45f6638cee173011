package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kartka/engine/money"
)

// settingsFile is the JSON shape of Settings: sums and points in whole units as text ("250", "12.50"), rates as "5%".
type settingsFile struct {
	Name      string   `json:"name"`
	Preset    string   `json:"preset,omitempty"`
	Currency  string   `json:"currency"`
	TimeZone  string   `json:"time_zone"`
	Languages []string `json:"languages"`
	Unit      struct {
		Name     string `json:"name"`
		Decimals int    `json:"decimals"`
		Worth    string `json:"worth"` // money one whole point pays for
	} `json:"unit"`
	Earn struct {
		Rate     string         `json:"rate"`
		MinCheck string         `json:"min_check"`
		Rounding money.Rounding `json:"rounding"`
		Basis    Basis          `json:"basis"`
	} `json:"earn"`
	Redeem struct {
		Limit      string `json:"limit"`
		MinCheck   string `json:"min_check"`
		MinPayable string `json:"min_payable"`
		MinPoints  string `json:"min_points"`
	} `json:"redeem"`
	Points struct {
		ValidDays int `json:"valid_days"`
		GraceDays int `json:"grace_days"`
	} `json:"points"`
	Welcome struct {
		Points    string `json:"points"`
		ValidDays int    `json:"valid_days"`
	} `json:"welcome"`
	Returns struct {
		Policy ReturnPolicy `json:"policy"`
	} `json:"returns"`
	Staff struct {
		MaxCheck      string `json:"max_check"`
		SalesPerDay   int    `json:"sales_per_day"`
		SameCardDaily int    `json:"same_card_per_day"`
		AdjustMax     string `json:"adjust_max"`
		UndoMinutes   int    `json:"undo_minutes"`
		HoldSeconds   int    `json:"hold_seconds"`
	} `json:"staff"`
	Links struct {
		Privacy string `json:"privacy,omitempty"`
		Support string `json:"support,omitempty"`
	} `json:"links"`
}

// MarshalJSON writes the settings as a person would: {"earn":{"rate":"5%","min_check":"250",…},…}.
func (s Settings) MarshalJSON() ([]byte, error) {
	var f settingsFile
	amount := func(a money.Amount) string { return money.Format(int64(a), s.Currency.Decimals) }
	points := func(p money.Points) string { return money.Format(int64(p), s.Unit.Decimals) }
	f.Name, f.Preset, f.Currency, f.Languages = s.Name, s.Preset, s.Currency.Code, s.Languages
	if s.Zone != nil {
		f.TimeZone = s.Zone.String()
	}
	whole := int64(s.Unit.StepWorth)
	for range s.Unit.Decimals {
		whole *= 10
	}
	f.Unit.Name, f.Unit.Decimals, f.Unit.Worth = s.Unit.Name, s.Unit.Decimals, amount(money.Amount(whole))
	f.Earn.Rate, f.Earn.MinCheck = formatRate(s.Earn.Rate), amount(s.Earn.MinCheck)
	f.Earn.Rounding, f.Earn.Basis = s.Earn.Rounding, s.Earn.Basis
	f.Redeem.Limit, f.Redeem.MinCheck = formatRate(s.Redeem.Limit), amount(s.Redeem.MinCheck)
	f.Redeem.MinPayable, f.Redeem.MinPoints = amount(s.Redeem.MinPayable), points(s.Redeem.MinPoints)
	f.Points.ValidDays, f.Points.GraceDays = s.Lots.Days, s.Lots.GraceDays
	f.Welcome.Points, f.Welcome.ValidDays = points(s.Welcome.Points), s.Welcome.Days
	f.Returns.Policy = s.Returns.Policy
	f.Staff.MaxCheck, f.Staff.SalesPerDay, f.Staff.SameCardDaily = amount(s.Staff.MaxCheck), s.Staff.SalesPerDay, s.Staff.SameCardDaily
	f.Staff.AdjustMax, f.Staff.UndoMinutes, f.Staff.HoldSeconds = points(s.Staff.AdjustMax), s.Staff.UndoMinutes, s.Staff.HoldSeconds
	f.Links.Privacy, f.Links.Support = s.Links.Privacy, s.Links.Support
	return json.Marshal(f)
}

// ParseSettings reads and validates settings. Every problem is reported at once, each naming its field and how to
// mend it; unknown fields are problems too.
func ParseSettings(data []byte) (*Settings, error) {
	var f settingsFile
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return nil, Problems{{Field: "settings", Text: "is not the JSON expected: " + strings.TrimPrefix(err.Error(), "json: ")}}
	}
	if decoder.More() {
		return nil, Problems{{Field: "settings", Text: "holds more than one JSON value"}}
	}
	var problems Problems
	var s Settings
	var err error
	if s.Currency, err = money.LookupCurrency(f.Currency); err != nil {
		problems.add("currency", "%q is not a currency Kartka knows; use its ISO code, such as UAH", f.Currency)
	}
	if s.Zone, err = loadZone(f.TimeZone); err != nil {
		problems.add("time_zone", "%q is not a time zone; use a name such as Europe/Kyiv", f.TimeZone)
	}
	plain := func(field, text string, decimals int) int64 {
		if text == "" {
			return 0
		}
		v, err := money.ParsePlain(text, decimals)
		if err != nil {
			problems.add(field, "%q is not a number with at most %d decimals; write it as \"250\" or \"12.50\"", text, decimals)
		}
		return v
	}
	amount := func(field, text string) money.Amount { return money.Amount(plain(field, text, s.Currency.Decimals)) }
	points := func(field, text string) money.Points { return money.Points(plain(field, text, s.Unit.Decimals)) }
	rate := func(field, text string) money.Rate {
		r, err := parseRate(text)
		if err != nil {
			problems.add(field, "%q is not a percentage; write it as \"5%%\" or \"2.5%%\"", text)
		}
		return r
	}
	s.Name, s.Preset, s.Languages = strings.TrimSpace(f.Name), f.Preset, f.Languages
	s.Unit.Name, s.Unit.Decimals = f.Unit.Name, f.Unit.Decimals
	if s.Unit.Decimals < 0 || s.Unit.Decimals > 4 {
		problems.add("unit.decimals", "is %d; use 0 for whole points or 2 for hundredths", s.Unit.Decimals)
		s.Unit.Decimals = 0
	}
	s.Unit.StepWorth = stepWorth(&problems, amount("unit.worth", f.Unit.Worth), s.Unit.Decimals)
	s.Earn = Earn{Rate: rate("earn.rate", f.Earn.Rate), MinCheck: amount("earn.min_check", f.Earn.MinCheck), Rounding: f.Earn.Rounding, Basis: f.Earn.Basis}
	s.Redeem = Redeem{
		Limit: rate("redeem.limit", f.Redeem.Limit), MinCheck: amount("redeem.min_check", f.Redeem.MinCheck),
		MinPayable: amount("redeem.min_payable", f.Redeem.MinPayable), MinPoints: points("redeem.min_points", f.Redeem.MinPoints),
	}
	s.Lots = Lots{Days: f.Points.ValidDays, GraceDays: f.Points.GraceDays}
	s.Welcome = Welcome{Points: points("welcome.points", f.Welcome.Points), Days: f.Welcome.ValidDays}
	s.Returns = Returns{Policy: f.Returns.Policy}
	s.Staff = StaffLimits{
		MaxCheck: amount("staff.max_check", f.Staff.MaxCheck), SalesPerDay: f.Staff.SalesPerDay, SameCardDaily: f.Staff.SameCardDaily,
		AdjustMax: points("staff.adjust_max", f.Staff.AdjustMax), UndoMinutes: f.Staff.UndoMinutes, HoldSeconds: f.Staff.HoldSeconds,
	}
	s.Links = Links{Privacy: f.Links.Privacy, Support: f.Links.Support}
	if len(problems) > 0 {
		return nil, problems
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return &s, nil
}

// stepWorth derives the worth of the smallest step from that of a whole point.
func stepWorth(problems *Problems, worth money.Amount, decimals int) money.Amount {
	for range decimals {
		if worth%10 != 0 {
			problems.add("unit.worth", "is too small to have %d decimals of a point; use fewer decimals or a larger worth", decimals)
			return 1
		}
		worth /= 10
	}
	return worth
}

func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("no zone named %q", name)
	}
	return time.LoadLocation(name)
}

func formatRate(r money.Rate) string {
	text := money.Format(int64(r), 2)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(text, "0")
	}
	return text + "%"
}

func parseRate(text string) (money.Rate, error) {
	if text == "" {
		return 0, nil
	}
	body, found := strings.CutSuffix(text, "%")
	if !found {
		return 0, fmt.Errorf("%q has no percent sign", text)
	}
	v, err := money.ParsePlain(strings.TrimSpace(body), 2)
	return money.Rate(v), err
}
