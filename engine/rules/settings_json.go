package rules

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"kartka/engine/money"
)

// settingsFile is the JSON shape of Settings: sums and points in whole units as text ("250", "12.50"), rates as "5%", factors as
// "x2". What is left out is off. The sections are in the files json_*.go, and docs/settings.schema.json describes them all.
type settingsFile struct {
	Name         string           `json:"name"`
	Preset       string           `json:"preset,omitempty"`
	Currency     string           `json:"currency"`
	TimeZone     string           `json:"time_zone"`
	Languages    []string         `json:"languages"`
	Unit         unitFile         `json:"unit"`
	Earn         earnFile         `json:"earn"`
	Discount     discountFile     `json:"discount,omitzero"`
	Redeem       redeemFile       `json:"redeem"`
	Points       lotsFile         `json:"points"`
	Rescue       rescueFile       `json:"rescue,omitzero"`
	Welcome      welcomeFile      `json:"welcome"`
	Categories   []categoryFile   `json:"categories,omitempty"`
	Rules        []ruleFile       `json:"rules,omitempty"`
	Tiers        tiersFile        `json:"tiers,omitzero"`
	Stamps       []stampCardFile  `json:"stamps,omitempty"`
	Coupons      []couponKindFile `json:"coupons,omitempty"`
	Codes        []codeFile       `json:"codes,omitempty"`
	Rewards      []rewardFile     `json:"rewards,omitempty"`
	Certificates certificatesFile `json:"certificates,omitzero"`
	Referral     referralFile     `json:"referral,omitzero"`
	Transfer     transferFile     `json:"transfer,omitzero"`
	Sharing      sharingFile      `json:"sharing,omitzero"`
	Feedback     feedbackFile     `json:"feedback,omitzero"`
	Fields       []fieldFile      `json:"fields,omitempty"`
	Campaigns    *campaignsFile   `json:"campaigns,omitempty"`
	Returns      returnsFile      `json:"returns"`
	Staff        staffFile        `json:"staff"`
	Links        linksFile        `json:"links"`
}

// MarshalJSON writes the settings as a person would: {"earn":{"rate":"5%","min_check":"250",…},…}. What is off is left out, so that
// settings without a mechanic are written as if there were no such mechanic.
func (s Settings) MarshalJSON() ([]byte, error) {
	c := scale{money: s.Currency.Decimals, points: s.Unit.Decimals}
	f := settingsFile{
		Name: s.Name, Preset: s.Preset, Currency: s.Currency.Code, Languages: s.Languages,
		Unit: c.unit(s.Unit), Earn: c.earn(s.Earn), Discount: c.discount(s.Discount), Redeem: c.redeem(s.Redeem), Points: c.lots(s.Lots),
		Rescue: rescueFile(s.Rescue), Welcome: c.welcome(s.Welcome),
		Categories: each(s.Goods, c.category), Rules: each(s.Rules, c.rule), Tiers: c.tiers(s.Tiers), Stamps: each(s.Stamps, c.stampCard),
		Coupons: each(s.Coupons, c.couponKind), Codes: each(s.Codes, c.code), Rewards: each(s.Rewards, c.reward),
		Certificates: c.certificates(s.Gifts), Referral: c.referral(s.Referral), Transfer: c.transfer(s.Transfer), Sharing: sharingFile(s.Sharing),
		Feedback: feedbackFile(s.Feedback), Fields: each(s.Fields, c.field), Campaigns: campaignsOf(s.Campaigns), Returns: returnsFile(s.Returns), Staff: c.staff(s.Staff), Links: linksFile(s.Links),
	}
	if s.Zone != nil {
		f.TimeZone = s.Zone.String()
	}
	return json.Marshal(f)
}

// ParseSettings reads and validates settings. Every problem is reported at once, each naming its field by its path, such as
// "rules[happy-hours].gives.rate", and how to mend it; unknown and repeated fields are problems too. The error is [Problems].
func ParseSettings(data []byte) (*Settings, error) {
	problems, isJSON := checkShape(data, reflect.TypeFor[settingsFile]())
	if !isJSON {
		return nil, problems
	}
	var f settingsFile
	if err := json.Unmarshal(data, &f); err != nil && len(problems) == 0 {
		problems.add(document, "is not as expected: %v", err)
	}
	r := reader{problems: problems}
	s := r.settings(f)
	if problems = r.problems.with(s.problems()); len(problems) > 0 {
		return nil, problems
	}
	return s, nil
}

// settings turns the file into settings, as far as it can be read.
func (r *reader) settings(f settingsFile) *Settings {
	var s Settings
	var err error
	if s.Currency, err = money.LookupCurrency(f.Currency); err != nil {
		r.problems.add("currency", "%q is not a currency Kartka knows; use its ISO code, such as UAH", f.Currency)
		s.Currency.Decimals = 2 // most have two: sums are read as if, and reported only if wrong in any case
	}
	if s.Zone, err = loadZone(f.TimeZone); err != nil {
		r.problems.add("time_zone", "%q is not a time zone; use a name such as Europe/Kyiv", f.TimeZone)
	}
	r.scale = scale{money: s.Currency.Decimals, points: f.Unit.Decimals}
	if r.points < 0 || r.points > 4 {
		r.problems.add("unit.decimals", "is %d; use 0 for whole points or 2 for hundredths", r.points)
		r.points = 2
	}
	s.Name, s.Preset, s.Languages = strings.TrimSpace(f.Name), f.Preset, f.Languages
	s.Unit, s.Earn, s.Discount, s.Redeem = r.unit(f.Unit), r.earn(f.Earn), r.discount(f.Discount), r.redeem(f.Redeem)
	s.Lots, s.Rescue, s.Welcome = r.lots(f.Points), Rescue(f.Rescue), r.welcome(f.Welcome)
	s.Goods = eachAt("categories", f.Categories, func(c categoryFile) string { return c.ID }, r.category)
	s.Rules = eachAt("rules", f.Rules, func(c ruleFile) string { return c.ID }, r.rule)
	s.Tiers = r.tiers(f.Tiers)
	s.Stamps = eachAt("stamps", f.Stamps, func(c stampCardFile) string { return c.ID }, r.stampCard)
	s.Coupons = eachAt("coupons", f.Coupons, func(c couponKindFile) string { return c.ID }, r.couponKind)
	s.Codes = eachAt("codes", f.Codes, func(c codeFile) string { return c.Code }, r.code)
	s.Rewards = eachAt("rewards", f.Rewards, func(c rewardFile) string { return c.ID }, r.reward)
	s.Gifts, s.Referral, s.Transfer, s.Sharing = r.certificates(f.Certificates), r.referral(f.Referral), r.transfer(f.Transfer), Sharing(f.Sharing)
	s.Feedback, s.Campaigns = r.feedback(f.Feedback), r.campaigns(f.Campaigns)
	s.Fields = eachAt("fields", f.Fields, func(c fieldFile) string { return c.ID }, r.field)
	s.Returns, s.Staff, s.Links = Returns(f.Returns), r.staff(f.Staff), Links(f.Links)
	return &s
}

// each turns every element of a list; a list without elements stays nil.
func each[F, T any](list []F, turn func(F) T) []T {
	if len(list) == 0 {
		return nil
	}
	turned := make([]T, len(list))
	for i, item := range list {
		turned[i] = turn(item)
	}
	return turned
}

// eachAt is each for reading: it tells every element its path.
func eachAt[F, T any](at string, list []F, id func(F) string, turn func(at string, f F) T) []T {
	if len(list) == 0 {
		return nil
	}
	turned := make([]T, len(list))
	for i, item := range list {
		turned[i] = turn(entry(at, id(item), i), item)
	}
	return turned
}

func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("no zone named %q", name)
	}
	return time.LoadLocation(name)
}
