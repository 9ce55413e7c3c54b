table "x" {}
