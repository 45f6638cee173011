package talk

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
)

// Session is where a person is in a conversation. The zero session is home.
type Session struct {
	Flow string          `json:"flow,omitempty"` // the package that owns it: "guest", "staff", "owner", "market"
	Step string          `json:"step,omitempty"`
	Mark string          `json:"mark,omitempty"` // of the screen whose buttons are current; older ones are stale
	Data json.RawMessage `json:"data,omitempty"`
}

// In makes a session of a flow at a step. Data is any value that survives JSON.
func In(flow, step string, data any) Session {
	s := Session{Flow: flow, Step: step}
	raw, err := json.Marshal(data)
	if err == nil {
		s.Data = raw
	}
	return s
}

// Marked sets the mark of the current screen.
func (s Session) Marked(mark string) Session {
	s.Mark = mark
	return s
}

// At reports whether the session is at a step of a flow.
func (s Session) At(flow, step string) bool { return s.Flow == flow && s.Step == step }

// Data reads the session's data as what the flow stored. Data of another flow, or unreadable after an upgrade, is the zero value.
func Data[T any](s Session, flow string) T {
	var data, none T
	if s.Flow != flow || len(s.Data) == 0 {
		return none
	}
	if err := json.Unmarshal(s.Data, &data); err != nil {
		return none
	}
	return data
}

// DecodeSession reads a stored session. An unreadable one, from a newer program perhaps, begins anew.
func DecodeSession(raw []byte) Session {
	var s Session
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return Session{}
	}
	return s
}

// Encode writes a session.
func (s Session) Encode() ([]byte, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode session: %w", err)
	}
	return raw, nil
}

// NewMark makes the mark of a new screen: the same when the deed is handled again, another for another deed.
func (v View) NewMark() string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(v.Event.From.String() + "|" + v.Event.Key))
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}
