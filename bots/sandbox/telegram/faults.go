package telegram

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultKind is a way to go wrong.
type FaultKind string

// The kinds of faults.
const (
	// FaultHTML answers with an HTML error page of Status (502 by default), and nothing happens.
	FaultHTML FaultKind = "html"
	// FaultError answers with the error of Status and Description, and nothing happens. RetryAfter is put into the
	// parameters and the header.
	FaultError FaultKind = "error"
	// FaultResetBefore closes the connection, and nothing happens.
	FaultResetBefore FaultKind = "reset_before"
	// FaultResetAfter does what was asked and closes the connection without an answer.
	FaultResetAfter FaultKind = "reset_after"
	// FaultTruncate does what was asked and closes the connection in the middle of the answer.
	FaultTruncate FaultKind = "truncate"
	// FaultSlow waits for DelayMS and goes on normally.
	FaultSlow FaultKind = "slow"
)

// Fault makes the next calls of a method go wrong.
type Fault struct {
	Method      string    `json:"method"` // "" is every method but getUpdates
	Kind        FaultKind `json:"kind"`
	Count       int       `json:"count,omitempty"` // 0 is one
	Status      int       `json:"status,omitempty"`
	Description string    `json:"description,omitempty"`
	RetryAfter  int       `json:"retry_after,omitempty"`
	DelayMS     int       `json:"delay_ms,omitempty"`
}

// Break arranges a fault; faults of the same method happen in the order they were arranged.
func (s *Server) Break(botID int64, f Fault) error {
	if !slices.Contains([]FaultKind{FaultHTML, FaultError, FaultResetBefore, FaultResetAfter, FaultTruncate, FaultSlow}, f.Kind) {
		return fmt.Errorf("arrange fault: %w: kind %q", ErrInvalid, f.Kind)
	}
	if f.Count == 0 {
		f.Count = 1
	}
	if f.Status == 0 {
		f.Status = http.StatusBadGateway
	}
	f.Method = strings.ToLower(f.Method)
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.botByID(botID)
	if err != nil {
		return fmt.Errorf("arrange fault: %w", err)
	}
	b.run.faults = append(b.run.faults, &f)
	return nil
}

// takeFault returns the fault for a call, nil for most.
func (s *Server) takeFault(b *bot, name string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range b.run.faults {
		if f.Method != name && (f.Method != "" || name == "getupdates") {
			continue
		}
		if f.Count--; f.Count == 0 {
			b.run.faults = slices.Delete(b.run.faults, i, i+1)
		}
		taken := *f
		return &taken
	}
	return nil
}

// before plays the part of a fault that comes before the call. It reports whether there will be no call.
func (f *Fault) before(s *Server, w http.ResponseWriter, r *http.Request) bool {
	switch f.Kind {
	case FaultHTML:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(f.Status)
		_, _ = fmt.Fprintf(w, "<html>\r\n<head><title>%[1]d %[2]s</title></head>\r\n<body>\r\n<center><h1>%[1]d %[2]s</h1></center>\r\n</body>\r\n</html>\r\n",
			f.Status, http.StatusText(f.Status))
		return true
	case FaultError:
		writeError(w, &apiError{code: f.Status, text: f.Description, retryAfter: f.RetryAfter})
		return true
	case FaultResetBefore:
		panic(http.ErrAbortHandler)
	case FaultSlow:
		over := make(chan struct{})
		timer := s.clock.AfterFunc(time.Duration(f.DelayMS)*time.Millisecond, func() { close(over) })
		defer timer.Stop()
		select {
		case <-over:
		case <-r.Context().Done():
		}
	}
	return false
}

// after plays the part that comes instead of the answer.
func (f *Fault) after(w http.ResponseWriter, result any, err *apiError) {
	switch {
	case f.Kind == FaultResetAfter:
		panic(http.ErrAbortHandler)
	case f.Kind == FaultTruncate && err == nil:
		body, encodeErr := json.Marshal(success(result))
		if encodeErr == nil {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = w.Write(body[:len(body)/2])
			_ = http.NewResponseController(w).Flush()
		}
		panic(http.ErrAbortHandler)
	case err != nil:
		writeError(w, err)
	default:
		writeResult(w, result)
	}
}
