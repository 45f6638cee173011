package telegram

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kartka/bots"
)

// kind is which of an update's objects is present.
type kind string

const (
	kindMessage  kind = "message"
	kindCallback kind = "callback_query"
	kindMember   kind = "my_chat_member"
	kindOther    kind = "" // one we did not ask for
)

// envelope is as much of an update as files it: its number, its kind, whose it is.
type envelope struct {
	id   int64
	kind kind
	body json.RawMessage // the object of that kind
	user int64           // 0 when it could not be read
	key  string
}

// errNoUpdate says that bytes are not an update at all.
var errNoUpdate = errors.New("not an update")

// openEnvelope reads the outside of an update. It fails only when there is no update number.
func openEnvelope(raw []byte) (envelope, error) {
	var u struct {
		UpdateID     scalar          `json:"update_id"`
		Message      json.RawMessage `json:"message"`
		Callback     json.RawMessage `json:"callback_query"`
		MyChatMember json.RawMessage `json:"my_chat_member"`
	}
	if err := tolerate(json.Unmarshal(raw, &u)); err != nil {
		return envelope{}, fmt.Errorf("%w: %w", errNoUpdate, err)
	}
	id, err := strconv.ParseInt(string(u.UpdateID), 10, 64)
	if err != nil || id < 0 {
		return envelope{}, fmt.Errorf("%w: no update_id", errNoUpdate)
	}
	e := envelope{id: id}
	switch {
	case isObject(u.Message):
		e.kind, e.body = kindMessage, u.Message
	case isObject(u.Callback):
		e.kind, e.body = kindCallback, u.Callback
	case isObject(u.MyChatMember):
		e.kind, e.body = kindMember, u.MyChatMember
	case len(u.Message)+len(u.Callback)+len(u.MyChatMember) > 0: // of our kinds, but null or not an object
		e.kind, e.body = kindMessage, json.RawMessage("{}")
	}
	e.key = strconv.FormatInt(id, 10)
	if e.kind == kindOther {
		return e, nil
	}
	var body struct {
		ID   scalar `json:"id"` // of a callback query
		Date scalar `json:"date"`
		From struct {
			ID scalar `json:"id"`
		} `json:"from"`
	}
	_ = json.Unmarshal(e.body, &body) // what is missing stays empty
	if user, err := strconv.ParseInt(string(body.From.ID), 10, 64); err == nil && user > 0 {
		e.user = user
	}
	// Update numbers start anew, at random, after a week without updates, so a number alone is not unique for
	// ever. The date of a message, or the id of a press, stays the same when the update is delivered again.
	mark := string(body.Date)
	if e.kind == kindCallback {
		mark = string(body.ID)
	}
	if len(mark) > 64 || strings.Trim(mark, tokenAlphabet) != "" {
		sum := sha256.Sum256([]byte(mark))
		mark = hex.EncodeToString(sum[:8])
	}
	if mark != "" {
		e.key += "." + mark
	}
	return e, nil
}

// file turns one update into the row that is stored. It reports false for kinds nobody asked for, which are
// acknowledged and dropped. What cannot be filed becomes a dead letter, so that nothing holds up the queue.
func (b *Bot) file(raw []byte) (row bots.Raw, keep bool) {
	row = bots.Raw{Channel: bots.Telegram, Sender: b.ID(), At: b.now(), Body: bytes.Clone(raw)}
	e, err := openEnvelope(raw)
	if err != nil {
		sum := sha256.Sum256(raw)
		row.Key, row.Reason = "sha256."+hex.EncodeToString(sum[:16]), "not an update"
		return row, true
	}
	row.Key, row.Order = e.key, e.id
	switch {
	case e.kind == kindOther:
		return bots.Raw{}, false
	case e.user == 0:
		row.Reason = "no sender"
	default:
		row.UserID = strconv.FormatInt(e.user, 10)
	}
	return row, true
}

// mailbox is the key of the person a row belongs to, "" for a dead letter.
func mailbox(row bots.Raw) string {
	if row.UserID == "" {
		return ""
	}
	return bots.Address{Channel: row.Channel, Sender: row.Sender, UserID: row.UserID}.String()
}

// tolerate lets pass that some field has another type than expected: the rest was read all the same.
func tolerate(err error) error {
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		return nil
	}
	return err
}

// scalar is a string or a number, as text; anything else is "". Test updates of Telegram's own documentation
// give some ids as numbers that are strings in the API.
type scalar string

// UnmarshalJSON never fails.
func (s *scalar) UnmarshalJSON(data []byte) error {
	*s = ""
	var text string
	switch {
	case len(data) == 0:
	case data[0] == '"':
		if json.Unmarshal(data, &text) == nil {
			*s = scalar(text)
		}
	case data[0] == '-' || data[0] >= '0' && data[0] <= '9':
		*s = scalar(data)
	}
	return nil
}

func isObject(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }

// instant is the time of a Bot API date, zero when it cannot be one.
func instant(date int64) time.Time {
	if date <= 0 || date > 1<<35 {
		return time.Time{}
	}
	return time.Unix(date, 0).UTC()
}
