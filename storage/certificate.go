package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

const selectCertificate = `SELECT program_id, id, code, amount, remaining, points, state, member_id, sale_id, staff_id, issued_at, expires_at
	FROM certificate `

func (r reads) scanCertificate(row pgx.Row) (c engine.Certificate, err error) {
	var code string
	var expires *time.Time
	err = row.Scan(&c.ProgramID, &c.ID, &code, &c.Amount, &c.Left, &c.Points, &c.State, &c.MemberID, &c.SaleID, &c.StaffID, &c.IssuedAt, &expires)
	if err != nil {
		return c, err
	}
	c.ExpiresAt = timeOrZero(expires)
	code, err = r.seal.openText(code, placeCertificateCode(c.ProgramID, c.ID))
	c.Code = engine.Secret(code)
	return c, err
}

func placeCertificateCode(programID, id string) []byte {
	return place("certificate.code", programID, id)
}

// Certificate implements [engine.MechanicReads].
func (r reads) Certificate(ctx context.Context, programID, id string) (engine.Certificate, error) {
	return one(ctx, r.q, "certificate", r.scanCertificate, selectCertificate+`WHERE program_id = $1 AND id = $2`, programID, id)
}

// CertificateByCode implements [engine.MechanicReads].
func (r reads) CertificateByCode(ctx context.Context, programID string, code engine.Secret) (engine.Certificate, error) {
	if code == "" {
		return engine.Certificate{}, notFound("certificate")
	}
	return one(ctx, r.q, "certificate", r.scanCertificate, selectCertificate+`WHERE program_id = $1 AND code_index = ANY($2)`,
		programID, r.seal.blindIndexes(indexOfCode, programID, code.Reveal()))
}

// CertificatesOf implements [engine.MechanicReads].
func (r reads) CertificatesOf(ctx context.Context, programID, memberID string) ([]engine.Certificate, error) {
	return many(ctx, r.q, "certificates", r.scanCertificate, selectCertificate+`WHERE program_id = $1 AND member_id = $2 AND member_id <> ''
		AND state = 'active' ORDER BY issued_at, id`, programID, memberID)
}

// CertificatesDue implements [engine.DueReads].
func (r reads) CertificatesDue(ctx context.Context, programID string, by time.Time, after string, limit int) ([]engine.Certificate, error) {
	return many(ctx, r.q, "certificates", r.scanCertificate, selectCertificate+`WHERE program_id = $1 AND state = 'active' AND expires_at <= $2
		AND id > $3 ORDER BY id LIMIT $4`, programID, by, after, limit)
}

// InsertCertificate implements [engine.MechanicWrites].
func (w *writes) InsertCertificate(ctx context.Context, c engine.Certificate) error {
	// The unique index sees only codes hashed under the newest key. While keys are changed, older hashes may be there.
	_, err := w.CertificateByCode(ctx, c.ProgramID, c.Code)
	if err == nil {
		return taken("certificate")
	}
	if !engine.IsKind(err, engine.KindNotFound) {
		return err
	}
	return insert(ctx, w.q, "certificate", `INSERT INTO certificate (program_id, id, code, code_index, amount, remaining, points, state, member_id,
			sale_id, staff_id, issued_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING`,
		c.ProgramID, c.ID, w.seal.sealText(c.Code.Reveal(), placeCertificateCode(c.ProgramID, c.ID)),
		w.seal.blindIndex(indexOfCode, c.ProgramID, c.Code.Reveal()), int64(c.Amount), int64(c.Left), int64(c.Points), string(c.State), c.MemberID,
		c.SaleID, c.StaffID, c.IssuedAt, nullable(c.ExpiresAt))
}

// LockCertificate implements [engine.MechanicWrites].
func (w *writes) LockCertificate(ctx context.Context, programID, id string) (engine.Certificate, error) {
	return one(ctx, w.q, "certificate", w.scanCertificate, selectCertificate+`WHERE program_id = $1 AND id = $2 FOR UPDATE`, programID, id)
}

// UpdateCertificate implements [engine.MechanicWrites].
func (w *writes) UpdateCertificate(ctx context.Context, c engine.Certificate) error {
	return update(ctx, w.q, "certificate", `UPDATE certificate SET remaining = $3, state = $4, member_id = $5, expires_at = $6
		WHERE program_id = $1 AND id = $2`, c.ProgramID, c.ID, int64(c.Left), string(c.State), c.MemberID, nullable(c.ExpiresAt))
}

// InsertCertificateMove implements [engine.MechanicWrites].
func (w *writes) InsertCertificateMove(ctx context.Context, m engine.CertificateMove) error {
	return insert(ctx, w.q, "certificate move", `INSERT INTO certificate_move (program_id, id, certificate_id, key, sale_id, amount, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		m.ProgramID, m.ID, m.CertificateID, m.Key, m.SaleID, int64(m.Amount), m.At)
}
