package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// printSizes writes what was measured on shops of several sizes side by side: what their databases take, and every scenario on each of
// them, with how it compares with the smallest. The ratios are taken within rounds.
func printSizes(w io.Writer, sizes []benchAbout, rounds []measured) error {
	var text strings.Builder
	smallest := sizes[0]
	fmt.Fprintf(&text, "%s, %s\n", smallest.Database, machineText(smallest))
	if smallest.Reference != "" {
		fmt.Fprintf(&text, "beside %s\n", smallest.Reference)
	}
	fmt.Fprintf(&text, "medians [least–most] of %d rounds of %v s, after %d that do not count; seed %d\n", smallest.Rounds, smallest.Seconds, smallest.WarmUps, smallest.Seed)
	for _, note := range smallest.Notes {
		fmt.Fprintf(&text, "note: %s\n", note)
	}
	text.WriteByte('\n')
	table := tabwriter.NewWriter(&text, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "members\tdatabase\ta member\tloaded in\tmembers a second\t")
	for _, a := range sizes {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s s\t%s\t\n", thousands(int64(a.Members)), bytesText(a.Bytes), bytesText(a.Bytes/int64(max(a.Members, 1))),
			figure(a.LoadSeconds), figure(float64(a.Members)/max(a.LoadSeconds, 0.01)))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	text.WriteByte('\n')
	table = tabwriter.NewWriter(&text, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "bout\tscenario\tin flight\tmembers\ta second\tp50\tp99\tprocessor\t× p50\t× p99\t× processor\tfailed\t")
	for _, r := range rowsOf(rounds) {
		fmt.Fprintln(table, r.sizeText(rounds, smallest.Members))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	if _, err := io.WriteString(w, text.String()); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	return nil
}

// sizeText is the row of a scenario on a shop of one size, beside the same on the smallest.
func (r row) sizeText(all []measured, smallest int) string {
	first := r.rounds[0]
	var failed uint64
	for _, m := range r.rounds {
		failed += m.Errors
	}
	members, ratios := "–", "–\t–\t–" // of the reference, which has no members
	if first.Members > 0 {
		members = thousands(int64(first.Members))
	}
	if first.Members > smallest {
		ratios = r.timesSmallest(all, smallest, p50Of) + "\t" + r.timesSmallest(all, smallest, p99Of) + "\t" + r.timesSmallest(all, smallest, cpuOf)
	}
	return fmt.Sprintf("%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t", first.Bout, first.Scenario, first.InFlight, members, r.spread(rateOf), r.time(p50Of), r.time(p99Of), r.time(cpuOf), ratios, failed)
}

// timesSmallest is the ratio of a value to that on the smallest shop in the same round.
func (r row) timesSmallest(all []measured, smallest int, value func(measured) (float64, bool)) string {
	var ratios []float64
	for _, m := range r.rounds {
		for _, base := range all {
			if base.Members != smallest || base.Bout != m.Bout || base.key() != m.key() || base.Round != m.Round {
				continue
			}
			of, ok := value(m)
			by, also := value(base)
			if ok && also {
				ratios = append(ratios, of/by)
			}
		}
	}
	s, ok := spreadOf(ratios)
	if !ok {
		return "–"
	}
	return s.String()
}
