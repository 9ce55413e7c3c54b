table "a" {}
