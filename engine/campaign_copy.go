package engine

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// CopyCampaign makes a draft that says the same to the same audience as a campaign does, and waits for the same, whatever became of that one. Made again with the same
// key, it is the draft that is there already. The time until which it may be sent is left out when it has passed.
func (e *Engine) CopyCampaign(ctx context.Context, key, programID, id, staffID string) (Campaign, error) {
	from, err := e.Campaign(ctx, programID, id)
	if err != nil {
		return Campaign{}, err
	}
	now := e.Now()
	c := Campaign{ID: copyID(programID, key), ProgramID: programID, Kind: from.Kind, Name: from.Name, State: CampaignDraft, Plan: from.Plan, Version: 1,
		By: staffID, MadeAt: now}
	if c.Plan.Late(now) {
		c.Plan.Until = time.Time{}
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		if err := checkMarketer(ctx, tx, programID, staffID); err != nil {
			return err
		}
		made, err := tx.Campaign(ctx, programID, c.ID)
		switch {
		case err == nil:
			c = made
			return nil
		case !IsKind(err, KindNotFound):
			return fmt.Errorf("read campaign: %w", err)
		}
		if c.Kind == CampaignTrigger {
			if err := roomForTrigger(ctx, tx, programID); err != nil {
				return err
			}
			return putCampaign(ctx, tx, c)
		}
		drafts, err := tx.Campaigns(ctx, programID, CampaignDraft)
		if err != nil {
			return fmt.Errorf("read campaigns: %w", err)
		}
		if len(drafts) >= maxOpenDrafts {
			return fail(KindLimit, "campaign_drafts_many", "Max", maxOpenDrafts)
		}
		return putCampaign(ctx, tx, c)
	})
	return c, err
}

// copyID is the id of a copy that is made under a key. It reads as a UUID, so that links of its message can be told.
func copyID(programID, key string) string {
	hash := sha256.Sum256([]byte("copy of campaign|" + programID + "|" + key))
	return idLetters.EncodeToString(hash[:len(uuid.UUID{})])
}
