package storage

import "context"

var stampColumns = []string{"program_id", "member_id", "card", "count", "done"}

// addStamp adds to a card of a member that is there.
const addStamp = `ON CONFLICT (program_id, member_id, card) DO UPDATE SET count = stamp.count + excluded.count, done = stamp.done + excluded.done`

// AddStamps implements [engine.MechanicWrites].
func (w *writes) AddStamps(ctx context.Context, programID, memberID, card string, delta, rounds int) error {
	_, err := exec(ctx, w.q, "write stamps", `INSERT INTO stamp (`+columnList(stampColumns)+`) VALUES ($1, $2, $3, $4, $5) `+addStamp,
		programID, memberID, card, int64(delta), int64(rounds))
	return err
}
