package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kartka/engine/rules"
)

// The birthday is kept as "1990-12-31", the year "0000" when it is not told. It is found by "12-31".
const (
	birthdayFormat = "%04d-%02d-%02d"
	birthdayYear   = len("0000-")
)

func placeProfileBirthday(programID, memberID string) []byte {
	return place("profile.birthday", programID, memberID)
}

// openBirthday unseals a birthday.
func (r reads) openBirthday(b *rules.Birthday, programID, memberID, sealed string, changed *time.Time) error {
	text, err := r.seal.openText(sealed, placeProfileBirthday(programID, memberID))
	if err != nil || text == "" {
		return err
	}
	b.ChangedAt = timeOrZero(changed)
	if _, err := fmt.Sscanf(text, "%d-%d-%d", &b.Year, &b.Month, &b.Day); err != nil {
		return fmt.Errorf("decode birthday: %w", err) // the error does not quote the text
	}
	return nil
}

// birthdayDay is what a birthday is found by.
func birthdayDay(text string) string {
	if text == "" {
		return ""
	}
	return text[birthdayYear:]
}

// SetBirthday implements [engine.MechanicWrites]. One that is not known takes the birthday away.
func (w *writes) SetBirthday(ctx context.Context, programID, memberID string, b rules.Birthday) error {
	text := ""
	if b.Known() {
		if b.Year < 0 || b.Year > 9999 || b.Month < 1 || b.Month > 12 || b.Day < 1 || b.Day > 31 {
			return errors.New("write birthday: no such day")
		}
		text = fmt.Sprintf(birthdayFormat, b.Year, b.Month, b.Day)
	}
	_, err := exec(ctx, w.q, "write birthday", `INSERT INTO profile (program_id, member_id, name, phone, phone_index, proof, birthday, birthday_index, birthday_changed_at)
		VALUES ($1, $2, '', '', '', '', $3, $4, $5)
		ON CONFLICT (program_id, member_id) DO UPDATE SET birthday = excluded.birthday, birthday_index = excluded.birthday_index,
			birthday_changed_at = excluded.birthday_changed_at`,
		programID, memberID, w.seal.sealText(text, placeProfileBirthday(programID, memberID)), w.seal.blindIndex(indexOfBirthday, programID, birthdayDay(text)), nullable(b.ChangedAt))
	if err != nil {
		return err
	}
	return w.touch(ctx, programID, memberID)
}

// MembersBornOn implements [engine.DueReads], of cards that work and are part of no other.
func (r reads) MembersBornOn(ctx context.Context, programID string, days []string, after string, limit int) ([]string, error) {
	if len(days) == 0 {
		return nil, nil
	}
	var indexes []string
	for _, day := range days {
		indexes = append(indexes, r.seal.blindIndexes(indexOfBirthday, programID, day)...)
	}
	return many(ctx, r.q, "birthdays", scanText, `SELECT p.member_id FROM profile p JOIN member m ON m.program_id = p.program_id AND m.id = p.member_id
		WHERE p.program_id = $1 AND p.birthday_index = ANY($2) AND p.birthday_index <> '' AND p.member_id > $3 AND m.state = 'active' AND m.merged_into = ''
		ORDER BY p.member_id LIMIT $4`, programID, indexes, after, limit)
}
