package engine

import (
	"encoding/base32"
	"fmt"

	"github.com/google/uuid"
)

var idLetters = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// makeID makes an id: a UUID of version 7 (RFC 9562) as 26 letters and digits. Their order, in any collation, is the order of time. Written as
// usual it would take ten more, in every row and in every index that names the thing.
func makeID() string {
	u := uuid.Must(uuid.NewV7())
	return idLetters.EncodeToString(u[:])
}

// rawOf reads an id, be it in letters as [makeID] writes it or as UUIDs usually are.
func rawOf(id string) (uuid.UUID, error) {
	raw, err := idLetters.DecodeString(id)
	if err == nil && len(raw) == len(uuid.UUID{}) && idLetters.EncodeToString(raw) == id {
		return uuid.UUID(raw), nil
	}
	u, err := uuid.Parse(id)
	if err == nil && u.String() != id {
		err = fmt.Errorf("read id: %q is not how it is written", id)
	}
	return u, err
}

// programIDLength is how much of an id is kept for a program: every key in the database begins with it, and there are few.
const programIDLength = 10

// programID makes the id of a program. Its time is left out: what remains is random.
func (e *Engine) programID() string {
	id := e.newID()
	return id[max(0, len(id)-programIDLength):]
}
