package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"
)

// measured is what one measurement of one scenario came to, a line of the JSON output. Times are microseconds.
type measured struct {
	Kind     string  `json:"kind"` // "round"
	Bout     string  `json:"bout"`
	Scenario string  `json:"scenario"`
	InFlight int     `json:"in_flight"`
	Members  int     `json:"members,omitempty"` // of the shop; 0 is the reference beside them
	Round    int     `json:"round"`             // from 1
	Seconds  float64 `json:"seconds"`
	Done     uint64  `json:"done"`
	Rate     float64 `json:"rate"` // done in a second
	P50      float64 `json:"p50_us"`
	P99      float64 `json:"p99_us"`
	P999     float64 `json:"p999_us"`
	// CPU is the processor time of one thing done, everywhere: CPUProcess is that of the process that asks, CPUServer that of
	// PostgreSQL's processes. What cannot be seen from here is left out, and then the sum is, too.
	CPU        *float64 `json:"cpu_us,omitempty"`
	CPUProcess *float64 `json:"cpu_process_us,omitempty"`
	CPUServer  *float64 `json:"cpu_server_us,omitempty"`
	// Refused counts spends that were more than the account had: an answer, but nothing done. Of broadcasts it counts messages that were too many for the
	// messenger.
	Refused uint64 `json:"refused"`
	// Of a broadcast: Allowed is the part of the messenger's rate that was used, answers included, and Answered how many answers the times are of.
	Allowed  float64 `json:"of_allowed,omitempty"`
	Answered uint64  `json:"answered,omitempty"`
	Errors   uint64  `json:"errors"`
	// FirstError is the text of the first one.
	FirstError string `json:"first_error,omitempty"`
}

// count fills in what was done in a time, and how long each took.
func (m *measured) count(h *histogram, took time.Duration) {
	m.Seconds, m.Done = rounded(took.Seconds()), h.count
	m.Rate = rounded(float64(h.count) / took.Seconds())
	m.P50, m.P99, m.P999 = micros(h.quantile(0.5)), micros(h.quantile(0.99)), micros(h.quantile(0.999))
}

// charge fills in the processor time of each thing done.
func (m *measured) charge(used usage) {
	if m.Done == 0 {
		return
	}
	each := func(all *time.Duration) *float64 {
		if all == nil {
			return nil
		}
		us := rounded(float64(*all) / float64(m.Done) / float64(time.Microsecond))
		return &us
	}
	m.CPUProcess, m.CPUServer, m.CPU = each(used.process), each(used.server), each(used.sum())
}

func micros(d time.Duration) float64 { return rounded(float64(d) / float64(time.Microsecond)) }

// rounded keeps two digits: a JSON line should not pretend to more.
func rounded(v float64) float64 { return math.Round(v*100) / 100 }

// writeLine writes an object as a line of JSON, or nothing when there is nowhere to write it to.
func writeLine(out io.Writer, v any) error {
	if out == nil {
		return nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write JSON line: %w", err)
	}
	if _, err := out.Write(append(raw, '\n')); err != nil {
		return fmt.Errorf("write JSON line: %w", err)
	}
	return nil
}
