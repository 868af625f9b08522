# What people type. Everything else is a script of package.json.
.DEFAULT_GOAL := help
.PHONY: help up down logs test check hooks

compose := docker compose
pnpm := npx -y pnpm@12

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST)

secrets:
	./deploy/compose/make-secrets.sh secrets

up: | secrets ## Start everything of docker-compose.yml; makes the secrets the first time
	$(compose) up -d --build

down: ## Stop everything; volumes stay
	$(compose) down

logs: ## Follow the logs
	$(compose) logs -f --tail=100

test: ## Run the tests on the embedded parts
	$(pnpm) test

check: ## Types, lint, unused code, the repository's own rules
	$(pnpm) check

hooks: ## Run the checks before each commit
	$(pnpm) hooks
