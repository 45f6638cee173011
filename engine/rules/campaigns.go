package rules

import (
	"slices"

	"kartka/engine/money"
)

// Campaigns bounds what is sent to many. A program that says nothing about it has [DefaultCampaigns].
type Campaigns struct {
	Cap   MessageCap
	Quiet QuietHours
	// Holdout is the share of every audience that gets nothing, to compare with, unless a campaign has its own.
	Holdout money.Rate
	// WindowDays is how many days after a message a purchase counts as its doing, unless a campaign has its own.
	WindowDays int
	// ApproveAbove is the size of an audience above which a second person has to approve, when the shop has one who may; 0 never.
	ApproveAbove int
	// Prefer says which of the channels that reach a member is taken; "" is PreferLast.
	Prefer Preference
	// Channels come before all others, in this order, whatever Prefer says of those that are left.
	Channels []string
}

// Preference says which of the channels that reach a member a message takes.
type Preference string

// The preferences.
const (
	PreferLast     Preference = "last"     // where the member wrote last
	PreferCheapest Preference = "cheapest" // one that costs the shop nothing before one that is paid; then as PreferLast
)

// Preferences lists them.
func Preferences() []Preference { return []Preference{PreferLast, PreferCheapest} }

// MessageCap is how many such messages one member gets at most within so many days, over all campaigns and channels; 0 messages are no cap.
type MessageCap struct {
	Messages, Days int
}

// QuietHours is when nobody is written to: from the minute From until the minute To of the member's local day. It may span midnight; when both are
// equal no hour is quiet.
type QuietHours struct {
	From, To int
}

// DefaultCampaigns lets a guest sleep, sends three messages a week at most, and compares with a tenth of the audience.
func DefaultCampaigns() Campaigns {
	return Campaigns{
		Cap: MessageCap{Messages: 3, Days: 7}, Quiet: QuietHours{From: 21 * 60, To: 10 * 60}, Holdout: 1000, WindowDays: 7, ApproveAbove: 1000, Prefer: PreferLast,
	}
}

// CampaignRules returns what the program says about messages to many.
func (s *Settings) CampaignRules() Campaigns {
	if s.Campaigns == nil {
		return DefaultCampaigns()
	}
	return *s.Campaigns
}

// Bounds of what a program may say about them.
const (
	MaxCapMessages  = 100
	MaxCapDays      = 90
	MaxHoldout      = money.Rate(5000)
	MaxWindowDays   = 60
	MaxApproveAbove = 100_000_000
	maxChannels     = 16
)

// campaigns checks what is said about messages to many.
func (c *checker) campaigns() {
	if c.s.Campaigns == nil {
		return
	}
	v, p := *c.s.Campaigns, &c.problems
	between(p, "campaigns.cap.messages", v.Cap.Messages, 0, MaxCapMessages, nil)
	between(p, "campaigns.cap.days", v.Cap.Days, max(0, min(1, v.Cap.Messages)), MaxCapDays, nil)
	switch q := v.Quiet; {
	case q.From < 0 || q.From >= dayMinutes || q.To < 0 || q.To > dayMinutes:
		p.add("campaigns.quiet", "is outside of the day; write it as \"21:00-10:00\"")
	case q.From == 0 && q.To == dayMinutes:
		p.add("campaigns.quiet", "leaves no time to write to anybody; write it as \"21:00-10:00\"")
	}
	between(p, "campaigns.holdout", v.Holdout, 0, MaxHoldout, formatRate)
	between(p, "campaigns.window_days", v.WindowDays, 1, MaxWindowDays, nil)
	between(p, "campaigns.approve_above", v.ApproveAbove, 0, MaxApproveAbove, nil)
	if v.Prefer != "" && !slices.Contains(Preferences(), v.Prefer) {
		p.add("campaigns.prefer", "is %q; use \"last\" or \"cheapest\"", v.Prefer)
	}
	if len(v.Channels) > maxChannels {
		p.add("campaigns.channels", "has %d channels; use at most %d", len(v.Channels), maxChannels)
		return
	}
	for i, channel := range v.Channels {
		switch {
		case !isID(channel):
			p.add("campaigns.channels", "has %q, which is no channel; write them as [\"telegram\", \"viber\"]", channel)
		case slices.Contains(v.Channels[:i], channel):
			p.add("campaigns.channels", "has %q twice", channel)
		}
	}
}

// campaignsFile is what is written about messages to many. What is left out is as usual, so that "off" has to be said.
type campaignsFile struct {
	Cap          *messageCapFile `json:"cap,omitempty"`
	Quiet        string          `json:"quiet,omitempty"`
	Holdout      string          `json:"holdout,omitempty"`
	WindowDays   *int            `json:"window_days,omitempty"`
	ApproveAbove *int            `json:"approve_above,omitempty"`
	Prefer       string          `json:"prefer,omitempty"`
	Channels     []string        `json:"channels,omitempty"`
}

type messageCapFile struct {
	Messages int `json:"messages"`
	Days     int `json:"days,omitempty"`
}

// quietNever is how a program says that no hour is quiet.
const quietNever = "never"

// campaignsOf writes all that is said, the usual too: what is usual may change, and what a shop decided does not.
func campaignsOf(v *Campaigns) *campaignsFile {
	if v == nil {
		return nil
	}
	quiet := quietNever
	if v.Quiet.From != v.Quiet.To {
		quiet = formatHours(Hours(v.Quiet))
	}
	return &campaignsFile{
		Cap: &messageCapFile{Messages: v.Cap.Messages, Days: v.Cap.Days}, Quiet: quiet, Holdout: formatRate(v.Holdout),
		WindowDays: &v.WindowDays, ApproveAbove: &v.ApproveAbove, Prefer: string(v.Prefer), Channels: v.Channels,
	}
}

func (r *reader) campaigns(f *campaignsFile) *Campaigns {
	if f == nil {
		return nil
	}
	v := DefaultCampaigns()
	if f.Cap != nil {
		v.Cap = MessageCap(*f.Cap)
		if v.Cap.Messages > 0 && v.Cap.Days == 0 {
			v.Cap.Days = DefaultCampaigns().Cap.Days
		}
	}
	switch f.Quiet {
	case "":
	case quietNever:
		v.Quiet = QuietHours{}
	default:
		if v.Quiet = QuietHours(r.hours("campaigns.quiet", f.Quiet)); v.Quiet != (QuietHours{}) && v.Quiet.From == v.Quiet.To {
			r.problems.add("campaigns.quiet", "begins as it ends; write %q when no hour is quiet", quietNever)
		}
	}
	if f.Holdout != "" {
		v.Holdout = r.rate("campaigns.holdout", f.Holdout)
	}
	if f.WindowDays != nil {
		v.WindowDays = *f.WindowDays
	}
	if f.ApproveAbove != nil {
		v.ApproveAbove = *f.ApproveAbove
	}
	if f.Prefer != "" {
		v.Prefer = Preference(f.Prefer)
	}
	if len(f.Channels) > 0 {
		v.Channels = f.Channels
	}
	return &v
}
