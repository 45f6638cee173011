package engine

import "context"

// SaleAtHome is what the return of a sale goes by once its member is part of another: the sale as the account of that one sees it, and the
// names of a lot, the present one first.
func SaleAtHome(ctx context.Context, reads Reads, s Sale, lotID string) (home Sale, names []string, err error) {
	home, moved, err := saleAtHome(ctx, reads, s)
	return home, moved.names(moved.of(lotID)), err
}
