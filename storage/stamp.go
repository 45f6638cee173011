package storage

import "context"

// AddStamps implements [engine.MechanicWrites].
func (w *writes) AddStamps(ctx context.Context, programID, memberID, card string, delta, rounds int) error {
	_, err := exec(ctx, w.q, "write stamps", `INSERT INTO stamp (program_id, member_id, card, count, done) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (program_id, member_id, card) DO UPDATE SET count = stamp.count + excluded.count, done = stamp.done + excluded.done`,
		programID, memberID, card, int64(delta), int64(rounds))
	return err
}
