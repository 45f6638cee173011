package locales

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// labelLimits are the longest plain texts in UTF-16 units, which is how messengers count. The first rule
// that fits an id counts. Telegram: commands 256, name 64, short description 120, description 512, answer
// to a press 200, field placeholder 64, message 4096. Buttons are cut at about 30 on a phone; Viber's
// promotional ones at 30 exactly. A menu button takes its room from the field beside it.
var labelLimits = []struct {
	prefix  string // of the id
	segment string // the id has this one between its dots
	units   int
}{
	{prefix: "commands.bot.name", units: 64},
	{prefix: "commands.bot.short", units: 120},
	{prefix: "commands.bot.about", units: 512},
	{prefix: "commands.menu.", units: 16},
	{prefix: "commands.", units: 256},
	{segment: "btn", units: 30},
	{segment: "toast", units: 200},
	{segment: "alert", units: 200},
	{segment: "hint", units: 64},
	{units: 3000},
}

// placeholderUnits is what a placeholder of unknown text is counted as: "1 250 ₴" and a little more.
const placeholderUnits = "12345678"

func labelLimit(key string) int {
	for _, limit := range labelLimits {
		if strings.HasPrefix(key, limit.prefix) && (limit.segment == "" || slices.Contains(strings.Split(key, "."), limit.segment)) {
			return limit.units
		}
	}
	return 0
}

func labelUnits(text string) int {
	plain := placeholderPattern.ReplaceAllString(stripMarkup(text), placeholderUnits)
	return len(utf16.Encode([]rune(plain)))
}

func TestLabelsFit(t *testing.T) {
	eachText(t, func(lang Language, key, text string) {
		if units, limit := labelUnits(text), labelLimit(key); units > limit {
			t.Errorf("%s: %s has %d UTF-16 units, limit %d: %q", lang, key, units, limit, text)
		}
	})
}

func TestLabelLimit(t *testing.T) {
	limits := map[string]int{
		"guest.card.btn": 30, "guest.btn.card": 30, "guest.btnx": 3000, "staff.done.toast": 200, "staff.sum.hint": 64,
		"commands.balance": 256, "commands.staff.accrue": 256, "commands.bot.short": 120, "commands.menu.card": 16, "guest.welcome": 3000,
	}
	for key, want := range limits {
		if got := labelLimit(key); got != want {
			t.Errorf("limit of %s = %d, want %d", key, got, want)
		}
	}
	if got := labelUnits("<b>☕</b> 🎁 {{.Sum}} &lt;"); got != 1+1+2+1+8+1+1 {
		t.Errorf("units = %d, want 15", got)
	}
}

var commandName = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// TestCommandsAreNamed holds for commands.<name> and commands.<role>.<name>.
func TestCommandsAreNamed(t *testing.T) {
	for key := range readSources(t, EN) {
		rest, ok := strings.CutPrefix(key, "commands.")
		if !ok {
			continue
		}
		name := rest[strings.LastIndex(rest, ".")+1:]
		if !commandName.MatchString(name) {
			t.Errorf("%s: %q is no command name", key, name)
		}
	}
}
