package storage

import (
	"context"
	"time"

	"kartka/engine"
)

func placeRestingPhone(programID, id string) []byte {
	return place("resting_number.phone", programID, id)
}

// NumberResting implements [engine.MechanicReads].
func (r reads) NumberResting(ctx context.Context, programID string, phone engine.Phone, now time.Time) (bool, error) {
	if phone == "" {
		return false, nil
	}
	n, err := one(ctx, r.q, "resting number", scanInt, `SELECT count(*) FROM resting_number WHERE program_id = $1 AND phone_index = ANY($2) AND until > $3`,
		programID, r.seal.blindIndexes(indexOfPhone, programID, phone.Reveal()), now)
	return n > 0, err
}

// RestNumber implements [engine.MechanicWrites]. A number that rests already rests from now on as told last.
func (w *writes) RestNumber(ctx context.Context, programID string, phone engine.Phone, memberID string, until time.Time) error {
	if phone == "" {
		return nil
	}
	_, err := exec(ctx, w.q, "forget resting number", `DELETE FROM resting_number WHERE program_id = $1 AND phone_index = ANY($2)`,
		programID, w.seal.blindIndexes(indexOfPhone, programID, phone.Reveal()))
	if err != nil {
		return err
	}
	id := w.seal.blindIndex(indexOfPhone, programID, phone.Reveal())
	_, err = exec(ctx, w.q, "rest number", `INSERT INTO resting_number (program_id, id, phone, phone_index, member_id, until)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (program_id, id) DO UPDATE SET phone = excluded.phone, phone_index = excluded.phone_index, member_id = excluded.member_id,
			until = excluded.until`,
		programID, id, w.seal.sealText(phone.Reveal(), placeRestingPhone(programID, id)), id, memberID, until)
	return err
}
