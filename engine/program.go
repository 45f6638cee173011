package engine

import (
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// Program is one brand: its rules, its members, its staff. Nothing crosses between programs.
type Program struct {
	ID        string
	Slug      string // [a-z0-9-]{1,40}, for the command line and file names
	Version   int64  // of Settings, from 1
	Settings  *rules.Settings
	Since     time.Time // when this version of the settings came into force
	CardKey   Secret    // keys the codes of its cards
	State     ProgramState
	CreatedAt time.Time
}

// ProgramState says whether a program works.
type ProgramState string

// The states of a program.
const (
	ProgramSetup  ProgramState = "setup" // its owner has not finished the wizard: nobody can join yet
	ProgramActive ProgramState = "active"
	ProgramPaused ProgramState = "paused" // guests see their cards, nothing is earned or spent
)

// Bot is a program's presence on one channel.
type Bot struct {
	ProgramID string
	Channel   string
	Sender    string // the platform's id of the bot
	Username  string // without @, for deep links
	Token     Secret
	Secret    Secret // of the webhook
}

// Location is a place where a program sells.
type Location struct {
	ID        string
	ProgramID string
	Name      string
	Code      string // short, for deep links: [a-z0-9]{1,16}
	Zone      string // IANA name when it differs from the program's, else ""
	Closed    bool
	CreatedAt time.Time
}

// SettingsVersion is one version of a program's rules, as kept.
type SettingsVersion struct {
	ProgramID string
	Version   int64
	Settings  *rules.Settings
	By        string // staff id, "" for the command line
	At        time.Time
}

// Secret is a text that never shows itself in logs, errors or JSON.
type Secret string

// String hides the secret.
func (Secret) String() string { return "[secret]" }

// GoString hides the secret.
func (Secret) GoString() string { return "[secret]" }

// MarshalText hides the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// Reveal returns the text itself.
func (s Secret) Reveal() string { return string(s) }

// Phone is an E.164 number that hides its middle in logs.
type Phone string

// String masks all but the country code and the last two digits.
func (p Phone) String() string {
	if len(p) < 8 {
		return "[phone]"
	}
	return string(p[:4]) + "*****" + string(p[len(p)-2:])
}

// GoString masks the phone.
func (p Phone) GoString() string { return p.String() }

// Reveal returns the number itself.
func (p Phone) Reveal() string { return string(p) }

// Proof says who vouches for a phone.
type Proof string

// The proofs. Only the last two ever identify a person.
const (
	ProofNone     Proof = ""
	ProofTyped    Proof = "typed"
	ProofPlatform Proof = "platform" // the messenger vouches that the number is the sender's own
	ProofOTP      Proof = "otp"
)

// Unit formats points for logs and exports; people see locales.Printer.Points.
func (p Program) Unit(points money.Points) string {
	return money.Format(int64(points), p.Settings.Unit.Decimals)
}
