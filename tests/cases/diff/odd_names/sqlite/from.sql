CREATE TABLE "order" ("select" INTEGER PRIMARY KEY, "a b" TEXT, "x""y" TEXT, [c`d] TEXT, "größe" REAL, "it's" TEXT CHECK ("it's" <> ''));
CREATE INDEX "i ""1""" ON "order" ("a b", "x""y" DESC);
CREATE TABLE "x""y" (id INTEGER PRIMARY KEY, "order" INTEGER REFERENCES "order" ("select"));
