package engine

import (
	"context"
	"fmt"

	"kartka/engine/rules"
)

// Marks is how many marks there are of each number of stars, from one.
type Marks [rules.MostStars]int

// Total is how many marks there are.
func (m Marks) Total() (n int) {
	for _, marks := range m {
		n += marks
	}
	return n
}

// Tenths is the average mark in tenths of a star, half up; 0 without marks.
func (m Marks) Tenths() int64 {
	stars, n := 0, m.Total()
	for i, marks := range m {
		stars += (i + 1) * marks
	}
	if n == 0 {
		return 0
	}
	return int64((20*stars + n) / (2 * n))
}

// MarksOf puts the marks of all sums together.
func MarksOf(sums []RatingSum) (all Marks) {
	for _, s := range sums {
		all = all.and(s.Counts)
	}
	return all
}

func (m Marks) and(others Marks) Marks {
	for i, n := range others {
		m[i] += n
	}
	return m
}

// MarksBy puts those together that have something in common: the day, the place, who served.
func MarksBy[K comparable](sums []RatingSum, of func(RatingSum) K) map[K]Marks {
	by := map[K]Marks{}
	for _, s := range sums {
		by[of(s)] = by[of(s)].and(s.Counts)
	}
	return by
}

// RatedNames are what the places and people of a program are called, by their ids, also those that are no more.
func (e *Engine) RatedNames(ctx context.Context, programID string) (map[string]string, error) {
	names := map[string]string{}
	places, err := e.store.Locations(ctx, programID)
	if err != nil {
		return nil, fmt.Errorf("read locations: %w", err)
	}
	for _, l := range places {
		names[l.ID] = l.Name
	}
	people, err := e.store.StaffList(ctx, programID)
	if err != nil {
		return nil, fmt.Errorf("read staff: %w", err)
	}
	for _, s := range people {
		names[s.ID] = s.Name
	}
	return names, nil
}
