package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kartka/engine/backtest"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// print writes the report as tables: what each set of rules comes to, what each rule gave, and who wins and loses.
func (r *replayed) print(w io.Writer, p *locales.Printer) error {
	t := r.report
	sums := func(a money.Amount) string { return p.Decimal(int64(a), r.draft.Currency.Decimals) }
	points := func(v money.Points) string { return p.Decimal(int64(v), r.draft.Unit.Decimals) }
	share := func(v money.Rate) string { return p.Percent(int64(v)) }
	count := func(n int) string { return p.Number(int64(n)) }
	fmt.Fprintf(w, "%s, %s to %s: %s sales of %s members", r.program.Slug, rules.DateOf(r.from, r.program.Settings.Zone), rules.DateOf(r.to, r.program.Settings.Zone),
		count(t.Sales), count(t.Members))
	if t.Anonymous > 0 {
		fmt.Fprintf(w, ", %s without a card", count(t.Anonymous))
	}
	if t.Refused > 0 {
		fmt.Fprintf(w, ", %s left out because no check can be like that", count(t.Refused))
	}
	fmt.Fprintf(w, "\nturnover %s %s; sums in %s, points in %s\n\n", sums(t.Turnover), r.draft.Currency.Code, r.draft.Currency.Code, r.draft.Unit.Name)

	figures := [][]string{{"", "today", "draft", "difference"}}
	for _, row := range []struct {
		name         string
		today, draft int64
		show         func(int64) string
	}{
		{"points issued", int64(t.Today.Issued), int64(t.Draft.Issued), of(points)},
		{"points redeemed", int64(t.Today.Redeemed), int64(t.Draft.Redeemed), of(points)},
		{"points expired", int64(t.Today.Expired), int64(t.Draft.Expired), of(points)},
		{"paid with points", int64(t.Today.RedeemedWorth), int64(t.Draft.RedeemedWorth), of(sums)},
		{"discounts", int64(t.Today.Discounts), int64(t.Draft.Discounts), of(sums)},
		{"gifts handed over", int64(t.Today.Gifts), int64(t.Draft.Gifts), of(sums)},
		{"COST", int64(t.Today.Cost), int64(t.Draft.Cost), of(sums)},
		{"cost of turnover", int64(t.Today.CostRate), int64(t.Draft.CostRate), of(share)},
		{"cost of a member", int64(t.Today.PerMember), int64(t.Draft.PerMember), of(sums)},
		{"points outstanding", int64(t.Today.Outstanding), int64(t.Draft.Outstanding), of(points)},
		{"LIABILITY", int64(t.Today.Liability), int64(t.Draft.Liability), of(sums)},
	} {
		figures = append(figures, []string{row.name, row.show(row.today), row.show(row.draft), signed(row.draft-row.today, row.show)})
	}
	printTable(w, figures)

	fmt.Fprintln(w, "\nWhat each rule gave, today and by the draft:")
	lines := [][]string{{"", "times", "points", "money off", " |", "times", "points", "money off"}}
	for _, pair := range r.ruleLines() {
		lines = append(lines, []string{pair[0].Rule, count(pair[0].Times), points(pair[0].Points), sums(pair[0].Discount), " |",
			count(pair[1].Times), points(pair[1].Points), sums(pair[1].Discount)})
	}
	printTable(w, lines)

	fmt.Fprintf(w, "\nOf %s members %s gain by the draft, %s lose, for %s nothing changes.\n", count(t.Members), count(t.Better), count(t.Worse), count(t.Same))
	for _, list := range []struct {
		title   string
		changes []backtest.Change
	}{{"Who gains most:", t.Winners}, {"Who loses most:", t.Losers}} {
		if len(list.changes) == 0 {
			continue
		}
		fmt.Fprintln(w, "\n"+list.title)
		people := [][]string{{"", "today", "draft", "difference"}}
		for _, c := range list.changes {
			people = append(people, []string{c.Member, sums(c.Today), sums(c.Draft), signed(int64(c.Difference()), of(sums))})
		}
		printTable(w, people)
	}
	_, err := fmt.Fprintln(w, "\nNothing was changed. Checks are taken as they were: rules do not change how often people come.\n\"kartka program set\" puts a draft in force.")
	return err
}

// printTable writes rows of equally many cells, the first ones aligned to the left, the others to the right.
func printTable(w io.Writer, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		fmt.Fprintf(w, "%-*s", widths[0], row[0])
		for i, cell := range row[1:] {
			fmt.Fprintf(w, "  %*s", widths[i+1], cell)
		}
		fmt.Fprintln(w)
	}
}

// of makes a way to show a quantity one to show its number.
func of[V ~int64](show func(V) string) func(int64) string {
	return func(v int64) string { return show(V(v)) }
}

// signed shows a difference with its sign.
func signed(v int64, show func(int64) string) string {
	if v > 0 {
		return "+" + show(v)
	}
	return show(v)
}

// ruleLines are the lines of both sides beside each other: those of the draft, then what only today's rules gave. A rule that gave nothing
// on one side has an empty line there.
func (r *replayed) ruleLines() [][2]backtest.RuleLine {
	var pairs [][2]backtest.RuleLine
	at := func(lines []backtest.RuleLine, id string) backtest.RuleLine {
		if i := slices.IndexFunc(lines, func(l backtest.RuleLine) bool { return l.Rule == id }); i >= 0 {
			return lines[i]
		}
		return backtest.RuleLine{Rule: id}
	}
	for _, l := range r.report.Draft.Rules {
		pairs = append(pairs, [2]backtest.RuleLine{at(r.report.Today.Rules, l.Rule), l})
	}
	for _, l := range r.report.Today.Rules {
		if other := at(r.report.Draft.Rules, l.Rule); other.Times == 0 && other.Points == 0 && other.Discount == 0 {
			pairs = append(pairs, [2]backtest.RuleLine{l, other})
		}
	}
	return pairs
}

// The report for machines: sums and points are text in whole units, shares are percent, as settings write them.
type (
	backtestJSON struct {
		Program   string       `json:"program"`
		From      time.Time    `json:"from"`
		To        time.Time    `json:"to"`
		Currency  string       `json:"currency"`
		Sales     int          `json:"sales"`
		Anonymous int          `json:"anonymous"`
		Refused   int          `json:"refused"`
		Members   int          `json:"members"`
		Turnover  string       `json:"turnover"`
		Today     sideJSON     `json:"today"`
		Draft     sideJSON     `json:"draft"`
		Better    int          `json:"better"`
		Worse     int          `json:"worse"`
		Same      int          `json:"same"`
		Winners   []changeJSON `json:"winners"`
		Losers    []changeJSON `json:"losers"`
	}
	sideJSON struct {
		Issued        string     `json:"issued"`
		Redeemed      string     `json:"redeemed"`
		Expired       string     `json:"expired"`
		Outstanding   string     `json:"outstanding"`
		Liability     string     `json:"liability"`
		RedeemedWorth string     `json:"redeemed_worth"`
		Discounts     string     `json:"discounts"`
		Gifts         string     `json:"gifts"`
		Cost          string     `json:"cost"`
		CostRate      string     `json:"cost_rate"`
		PerMember     string     `json:"per_member"`
		Rules         []ruleJSON `json:"rules"`
	}
	ruleJSON struct {
		Rule     string `json:"rule"`
		Times    int    `json:"times"`
		Points   string `json:"points"`
		Discount string `json:"discount"`
	}
	changeJSON struct {
		Member     string `json:"member"`
		Today      string `json:"today"`
		Draft      string `json:"draft"`
		Difference string `json:"difference"`
	}
)

// printJSON writes the report as one JSON object on one line.
func (r *replayed) printJSON(w io.Writer) error {
	t, decimals := r.report, r.draft.Currency.Decimals
	sums := func(a money.Amount) string { return money.Format(int64(a), decimals) }
	points := func(v money.Points) string { return money.Format(int64(v), r.draft.Unit.Decimals) }
	side := func(s backtest.Side) sideJSON {
		out := sideJSON{Issued: points(s.Issued), Redeemed: points(s.Redeemed), Expired: points(s.Expired), Outstanding: points(s.Outstanding),
			Liability: sums(s.Liability), RedeemedWorth: sums(s.RedeemedWorth), Discounts: sums(s.Discounts), Gifts: sums(s.Gifts), Cost: sums(s.Cost),
			CostRate: percent(s.CostRate), PerMember: sums(s.PerMember), Rules: []ruleJSON{}}
		for _, l := range s.Rules {
			out.Rules = append(out.Rules, ruleJSON{l.Rule, l.Times, points(l.Points), sums(l.Discount)})
		}
		return out
	}
	changes := func(list []backtest.Change) []changeJSON {
		out := make([]changeJSON, 0, len(list))
		for _, c := range list {
			out = append(out, changeJSON{c.Member, sums(c.Today), sums(c.Draft), sums(c.Difference())})
		}
		return out
	}
	err := json.NewEncoder(w).Encode(backtestJSON{
		Program: r.program.Slug, From: r.from.UTC(), To: r.to, Currency: r.draft.Currency.Code, Sales: t.Sales, Anonymous: t.Anonymous, Refused: t.Refused,
		Members: t.Members, Turnover: sums(t.Turnover), Today: side(t.Today), Draft: side(t.Draft), Better: t.Better, Worse: t.Worse, Same: t.Same,
		Winners: changes(t.Winners), Losers: changes(t.Losers),
	})
	if err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	return nil
}

// percent writes a rate as settings do: "2.5%".
func percent(r money.Rate) string {
	text := money.Format(int64(r), 2)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text + "%"
}
