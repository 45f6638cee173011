package locales

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestFormatsGolden prints one of everything in every language. In the files · stands for a no-break space.
func TestFormatsGolden(t *testing.T) {
	c := newCatalog(t)
	for _, lang := range Languages() {
		t.Run(string(lang), func(t *testing.T) {
			got := strings.ReplaceAll(formatEverything(c, lang), nbsp, "·")
			name := filepath.Join("testdata", "formats."+string(lang)+".txt")
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
			for i := range max(len(gotLines), len(wantLines)) {
				g, w := lineAt(gotLines, i), lineAt(wantLines, i)
				if g != w {
					t.Errorf("line %d:\n got %s\nwant %s", i+1, g, w)
				}
			}
		})
	}
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

func formatEverything(c *Catalog, lang Language) string {
	p := c.Printer(lang)
	var b strings.Builder
	line := func(what string, printed ...string) {
		fmt.Fprintf(&b, "%s: %s\n", what, strings.Join(printed, " | "))
	}
	line("language", lang.Name(), lang.Label())
	line("number", p.Number(0), p.Number(-5), p.Number(999), p.Number(1234), p.Number(12345), p.Number(1234567))
	line("decimal", p.Decimal(150, 2), p.Decimal(100, 2), p.Decimal(-5, 2), p.Decimal(1234567, 3))
	line("percent", p.Percent(500), p.Percent(250), p.Percent(525), p.Percent(-1000), p.Percent(0))
	for _, currency := range []string{"UAH", "KZT", "PLN", "EUR", "USD", "RUB", "GBP", "CZK", "MDL", "JPY", "KWD"} {
		line("money "+currency, p.Money(12000, currency), p.Money(12050, currency), p.Money(-123456789, currency), p.Money(7, currency))
	}
	kyiv := time.FixedZone("Kyiv", 2*60*60)
	now := time.Date(2026, time.November, 21, 23, 30, 0, 0, kyiv)
	for _, day := range []time.Time{now, time.Date(2026, time.May, 1, 9, 5, 0, 0, kyiv), time.Date(2027, time.March, 8, 0, 0, 0, 0, kyiv)} {
		line("date", p.Date(day), p.DateLong(day, now), p.Time(day), p.DateTime(day))
	}
	for month := time.January; month <= time.December; month++ {
		line("month", p.Month(month), p.DateLong(time.Date(2026, month, 2, 0, 0, 0, 0, kyiv), now))
	}
	for day := time.Sunday; day <= time.Saturday; day++ {
		line("weekday", p.WeekdayShort(day), p.Weekday(day))
	}
	counts := []int64{0, 1, 2, 5, 11, 21, 101, 1_000_000}
	each := func(what string, print func(int64) string) {
		var printed []string
		for _, n := range counts {
			printed = append(printed, print(n))
		}
		line(what, printed...)
	}
	each("days", p.Days)
	each("in days", p.InDays)
	each("hours", p.Hours)
	each("in hours", p.InHours)
	each("minutes", p.Minutes)
	each("in minutes", p.InMinutes)
	for _, id := range c.Units() {
		names := c.Unit(id)
		each("unit "+id, func(n int64) string { return p.Points(n, 0, names) })
		line("unit "+id+" in tenths", p.Points(15, 1, names), p.Points(20, 1, names), p.Points(-10, 1, names))
	}
	for _, phone := range []string{"+380671234567", "+79161234567", "+77011234567", "+48512345678", "+34612345678", "+37369123456", "none"} {
		line("phone", p.Phone(phone), p.PhoneMasked(phone))
	}
	line("card", p.CardNumber("123456786"), p.CardNumber("123456"), p.CardNumber("1234567"), p.CardNumber("123456789012345678"), p.CardNumber("12a"))
	line("list", p.List(nil), p.List([]string{"A"}), p.List([]string{"A", "B"}), p.List([]string{"A", "B", "Irina"}), p.List([]string{"A", "hielo"}))
	return b.String()
}
