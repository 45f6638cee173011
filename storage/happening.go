package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

// NoteHappening implements [engine.CampaignWrites].
func (w *writes) NoteHappening(ctx context.Context, h engine.Happened) error {
	_, err := exec(ctx, w.q, "note happening", `INSERT INTO happening (program_id, id, member_id, event, of_what, name, number, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (program_id, id) DO UPDATE SET number = excluded.number, at = excluded.at`,
		h.ProgramID, h.Key(), h.MemberID, string(h.Event), h.ID, h.Name, h.Number, h.At)
	return err
}

// Happenings implements [engine.CampaignReads].
func (r reads) Happenings(ctx context.Context, programID string, limit int) ([]engine.Happened, error) {
	return many(ctx, r.q, "happenings", func(row pgx.Row) (h engine.Happened, err error) {
		err = row.Scan(&h.ProgramID, &h.MemberID, &h.Event, &h.ID, &h.Name, &h.Number, &h.At)
		return h, err
	}, `SELECT program_id, member_id, event, of_what, name, number, at FROM happening WHERE program_id = $1 ORDER BY at, id LIMIT $2`, programID, limit)
}

// ForgetHappenings implements [engine.CampaignWrites].
func (w *writes) ForgetHappenings(ctx context.Context, all []engine.Happened) error {
	type alike struct {
		programID string
		number    int64
	}
	by := map[alike][]string{}
	for i := range all {
		of := alike{all[i].ProgramID, all[i].Number}
		by[of] = append(by[of], all[i].Key())
	}
	for of, ids := range by {
		_, err := exec(ctx, w.q, "forget happenings", `DELETE FROM happening WHERE program_id = $1 AND id = ANY($2) AND number = $3`, of.programID, ids, of.number)
		if err != nil {
			return err
		}
	}
	return nil
}

// PostingsAfter implements [engine.CampaignReads].
func (r reads) PostingsAfter(ctx context.Context, programID, after string, limit int) ([]engine.Followed, error) {
	return many(ctx, r.q, "postings", func(row pgx.Row) (f engine.Followed, err error) {
		var answer string
		err = row.Scan(&f.ID, &f.Kind, &f.MemberID, &f.AccountID, &f.Amount, &answer, &f.OccurredAt, &f.RecordedAt)
		f.Answer = rawJSON(answer)
		return f, err
	}, `SELECT id, kind, member_id, account_id, total - discount, answer, occurred_at, recorded_at FROM posting WHERE program_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
		programID, after, limit)
}

// LastPosting implements [engine.CampaignReads].
func (r reads) LastPosting(ctx context.Context, programID string, before time.Time) (string, error) {
	return r.lastPosting(ctx, programID, before)
}

// PurchasesOf implements [engine.CampaignReads].
func (r reads) PurchasesOf(ctx context.Context, programID string, members, accounts []string) (map[string][]string, error) {
	rows, err := many(ctx, r.q, "purchases", func(row pgx.Row) (of [2]string, err error) {
		err = row.Scan(&of[0], &of[1])
		return of, err
	}, `SELECT member_id, id FROM posting WHERE program_id = $1 AND account_id = ANY($2) AND account_id <> '' AND sold
		UNION ALL
		SELECT member_id, id FROM sale WHERE program_id = $1 AND member_id = ANY($3) AND (returned_total < total OR total = 0)
		ORDER BY 1, 2`, programID, accounts, members)
	of := make(map[string][]string, len(members))
	for _, row := range rows {
		of[row[0]] = append(of[row[0]], row[1])
	}
	return of, err
}

// StampsOf implements [engine.CampaignReads].
func (r reads) StampsOf(ctx context.Context, programID string, members []string) (map[string]map[string]int64, error) {
	rows, err := many(ctx, r.q, "stamps", scanItem, `SELECT member_id, card, count, 0, NULL, '' FROM stamp WHERE program_id = $1 AND member_id = ANY($2)`, programID, members)
	of := make(map[string]map[string]int64, len(members))
	for _, row := range rows {
		if of[row.whose] == nil {
			of[row.whose] = map[string]int64{}
		}
		of[row.whose][row.what] = row.n
	}
	return of, err
}
