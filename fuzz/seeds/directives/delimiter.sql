1-- atlas:delimiter \n\n
# atlas:nolint -- all of it
SELECT 1

/* atlas:nolint */ SELECT 2
