package words_test

import (
	"testing"

	"kartka/engine/rules"
	"kartka/locales"
)

// In Kyiv it is the second of October: see now.
func TestBirthdaysAreToldWhenTheyAreNear(t *testing.T) {
	w := speaker(t, locales.EN)
	for _, c := range []struct {
		born rules.Birthday
		want string
	}{
		{rules.Birthday{Month: 10, Day: 2}, "2 October"},
		{rules.Birthday{Year: 1990, Month: 10, Day: 9}, "9 October"},
		{rules.Birthday{Month: 10, Day: 10}, ""},
		{rules.Birthday{Month: 9, Day: 29}, "29 September"},
		{rules.Birthday{Month: 9, Day: 28}, ""},
		{rules.Birthday{}, ""},
	} {
		if got := w.BirthdayNear(c.born); got != c.want {
			t.Errorf("born on %d-%d: %q, not %q", c.born.Month, c.born.Day, got, c.want)
		}
	}
}
