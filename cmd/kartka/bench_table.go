package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// printBench writes what was measured for people: what on, what it comes to against the targets, and every scenario.
func printBench(w io.Writer, about benchAbout, rounds []measured, verdicts []verdict) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s, %s members, %s a member, %s\n", about.Database, thousands(int64(about.Members)), bytesText(about.Bytes/int64(max(about.Members, 1))), machineText(about))
	if about.Reference != "" {
		fmt.Fprintf(&text, "beside %s\n", about.Reference)
	}
	fmt.Fprintf(&text, "medians [least–most] of %d rounds of %v s, after %d that do not count; seed %d\n", about.Rounds, about.Seconds, about.WarmUps, about.Seed)
	for _, note := range about.Notes {
		fmt.Fprintf(&text, "note: %s\n", note)
	}
	text.WriteByte('\n')
	for _, v := range verdicts {
		if v.Goal != "" || v.Verdict != notMeasured { // a target is never left out, what is merely told may be
			fmt.Fprintln(&text, v)
		}
	}
	text.WriteByte('\n')
	table := tabwriter.NewWriter(&text, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "bout\tscenario\tin flight\ta second\tp50\tp99\tp99.9\tprocessor\trefused\tfailed\t")
	for _, row := range rowsOf(rounds) {
		fmt.Fprintln(table, row.text())
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	if _, err := io.WriteString(w, text.String()); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	return nil
}

func machineText(about benchAbout) string {
	text := fmt.Sprintf("%d processors", about.Processors)
	if about.Memory > 0 {
		text += ", " + bytesText(about.Memory)
	}
	return text + ", " + about.Go
}

// bytesText writes a size in the unit that suits it.
func bytesText(bytes int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if bytes >= unit.size {
			return figure(float64(bytes)/float64(unit.size)) + " " + unit.name
		}
	}
	return fmt.Sprint(bytes, " B")
}

// row is a scenario with all its rounds.
type row struct{ rounds []measured }

// rowsOf gathers the rounds of each scenario on each size, in the order in which they were measured.
func rowsOf(rounds []measured) (rows []row) {
	at := map[string]int{}
	for _, m := range rounds {
		key := fmt.Sprint(m.Bout, "\n", m.key(), "\n", m.Members)
		i, ok := at[key]
		if !ok {
			i = len(rows)
			at[key] = i
			rows = append(rows, row{})
		}
		rows[i].rounds = append(rows[i].rounds, m)
	}
	return rows
}

func (r row) text() string {
	first := r.rounds[0]
	var refused, failed, asked uint64
	for _, m := range r.rounds {
		refused, failed, asked = refused+m.Refused, failed+m.Errors, asked+m.Done+m.Refused+m.Errors
	}
	return fmt.Sprintf("%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t", first.Bout, first.Scenario, first.InFlight, r.spread(rateOf),
		r.time(p50Of), r.time(p99Of), r.time(func(m measured) (float64, bool) { return m.P999, m.P999 > 0 }), r.time(cpuOf), share(refused, asked), failed)
}

func (r row) spread(value func(measured) (float64, bool)) string {
	s, ok := r.of(value)
	if !ok {
		return "–"
	}
	return s.String()
}

// time is the median of something in microseconds.
func (r row) time(value func(measured) (float64, bool)) string {
	s, ok := r.of(value)
	switch {
	case !ok:
		return "–"
	case s.median >= 1000:
		return figure(s.median/1000) + " ms"
	}
	return figure(s.median) + " µs"
}

func (r row) of(value func(measured) (float64, bool)) (spread, bool) {
	var values []float64
	for _, m := range r.rounds {
		if v, ok := value(m); ok {
			values = append(values, v)
		}
	}
	return spreadOf(values)
}

// share writes a part of a whole, and nothing for no part.
func share(part, whole uint64) string {
	if part == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}
