package telegram

import (
	"slices"
	"strings"
	"time"
)

// Call is one method call of a bot, for tests. Tokens and webhook secrets are not in it.
type Call struct {
	N      int               `json:"n"` // counts from 1
	Time   time.Time         `json:"time"`
	Bot    string            `json:"bot"`    // username
	Method string            `json:"method"` // in lower case
	Params map[string]string `json:"params"`
	Error  string            `json:"error,omitempty"`
}

// logCall remembers the latest calls. Empty polls are not calls worth remembering. The caller holds the lock.
func (s *Server) logCall(b *bot, name string, p params, failed *apiError) {
	const keep = 5000
	n := 1
	if len(s.calls) > 0 {
		n = s.calls[len(s.calls)-1].N + 1
	}
	entry := Call{N: n, Time: s.clock.Now(), Bot: b.Username, Method: name, Params: p.redacted()}
	if failed != nil {
		entry.Error = failed.text
	}
	if len(s.calls) >= 2*keep {
		s.calls = slices.Clone(s.calls[keep:])
	}
	s.calls = append(s.calls, entry)
}

// Calls returns the remembered calls after number since, oldest first; method "" is every method.
func (s *Server) Calls(since int, method string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Call{}
	for _, c := range s.calls {
		if c.N > since && (method == "" || strings.EqualFold(c.Method, method)) {
			out = append(out, c)
		}
	}
	return out
}
