"""The console: its HTTP API, its user pool, and its sessions table."""

from aws_cdk import Aws, Duration, Tags
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_cognito as cognito
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra import review
from infra.api import Api
from infra.bundle.pruning import SDK_OPERATIONS
from infra.database import table
from infra.domain import Domain
from infra.environment import Environment
from infra.function import PythonFunction

EMBEDDED_ID = "console"
GROUPS = {
    "admins": "May manage people, and do all that managers may",
    "managers": "May see everything, and change publishers, keys and callers",
    "viewers": "May read, with numbers masked",
}


class Console(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        self._api = apigatewayv2.HttpApi(
            self,
            "HttpApi",
            create_default_stage=False,
            # With a domain there is one address. Cognito redirects there after sign-in.
            disable_execute_api_endpoint=bool(environment.console_domain_name),
        )
        stage = apigatewayv2.HttpStage(
            self,
            "Stage",
            http_api=self._api,
            stage_name="$default",
            auto_deploy=True,
            # The gateway cannot tell strangers from people who are signed in, but a stranger's
            # request takes a millisecond and no store: this leaves room for both.
            throttle=apigatewayv2.ThrottleSettings(rate_limit=200, burst_limit=400),
        )
        review.accept(
            stage,
            "AwsSolutions-APIG1",
            because="The function logs a line for each request, with the user. The gateway's line "
            "would repeat it.",
        )
        if environment.embedded_api_id:
            Tags.of(self._api).add("ms-custom-id", EMBEDDED_ID)
        endpoint = environment.public_url.partition("/_aws/")[0] if environment.public_url else ""
        is_embedded = environment.is_embedded
        self.domain_target: str | None = None
        if environment.console_domain_name:
            own = Domain(
                self, "OwnDomain", own=environment.console_domain, api=self._api, stage=stage
            )
            self.domain_target = own.target
            self.url = f"https://{environment.console_domain_name}"
        elif is_embedded:
            self.url = f"{endpoint}/_aws/execute-api/{EMBEDDED_ID}"
        else:
            self.url = self._api.api_endpoint
        self.pool = self._pool(environment)
        self.client = self.pool.add_client(
            "Client",
            generate_secret=True,
            auth_flows=cognito.AuthFlow(),
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL],
                callback_urls=[f"{self.url}/signed-in"],
                logout_urls=[f"{self.url}/signed-out"],
            ),
            prevent_user_existence_errors=True,
            id_token_validity=Duration.minutes(5),
            access_token_validity=Duration.minutes(5),
            # As long as a session may last, and the time to sign in.
            refresh_token_validity=Duration.hours(13),
        )
        domain = self._sign_in_pages(environment)
        # A different origin than the console's, as on AWS, though one server serves both.
        self.sign_in_url = (
            endpoint.replace("127.0.0.1", "localhost") if is_embedded else domain.base_url()
        )
        self.api_id = self._api.api_id
        self.sessions = table(self, "Sessions", environment)

    @property
    def settings(self) -> dict[str, str]:
        pool_id = self.pool.user_pool_id
        return {
            "console_url": self.url,
            "sessions_table": self.sessions.table_name,
            "user_pool_id": pool_id,
            "user_pool_client_id": self.client.user_pool_client_id,
            "user_pool_issuer": f"https://cognito-idp.{Aws.REGION}.amazonaws.com/{pool_id}",
            "sign_in_url": self.sign_in_url,
        }

    @property
    def outputs(self) -> dict[str, str]:
        target = {"ConsoleDomainTarget": self.domain_target} if self.domain_target else {}
        return target | {
            "ConsoleUrl": self.url,
            "ConsoleSignInUrl": self.sign_in_url,
            "ConsoleUserPoolId": self.pool.user_pool_id,
            "ConsoleSessionsTableName": self.sessions.table_name,
        }

    def serve(self, function: PythonFunction, *, operator_api: Api) -> None:
        """Route every request to the function, and let it use what its pages need."""
        self._route_to(function)
        operations = ("GetItem", "PutItem", "UpdateItem", "DeleteItem")
        function.allow((f"dynamodb:{o}" for o in operations), self.sessions.table_arn)
        function.allow(["cognito-idp:DescribeUserPoolClient"], self.pool.user_pool_arn)
        function.add_to_role_policy(operator_api.operator_statement())
        review.accept(
            function.own_role,
            "AwsSolutions-IAM5",
            because="The console is a client of the operator API, and its pages show resources "
            "whose IDs are not known yet. It may use no other route of this API and stage.",
        )

    def let_manage_people(self, function: PythonFunction) -> None:
        """Let the function read the people of the user pool, and change who they are."""
        function.allow(
            (f"cognito-idp:{operation}" for operation in SDK_OPERATIONS["cognito-idp"]),
            self.pool.user_pool_arn,
        )

    def _route_to(self, function: PythonFunction) -> None:
        routes = self._api.add_routes(
            path="/{proxy+}",
            methods=[apigatewayv2.HttpMethod.ANY],
            integration=HttpLambdaIntegration("Pages", function.live),
        )
        routes += self._api.add_routes(
            path="/",
            methods=[apigatewayv2.HttpMethod.ANY],
            integration=HttpLambdaIntegration("FirstPage", function.live),
        )
        for route in routes:
            review.accept(
                route,
                "AwsSolutions-APIG4",
                because="A browser sends a session cookie. The function checks it first; without "
                "a session, the function redirects to Cognito.",
            )

    def _sign_in_pages(self, environment: Environment) -> cognito.UserPoolDomain:
        """Make Cognito's sign-in pages. Without branding they say that they are unavailable."""
        if not environment.is_embedded:
            cognito.CfnManagedLoginBranding(
                self,
                "Branding",
                user_pool_id=self.pool.user_pool_id,
                client_id=self.client.user_pool_client_id,
                use_cognito_provided_values=True,
            )
        return self.pool.add_domain(
            "Domain",
            cognito_domain=cognito.CognitoDomainOptions(
                # The prefix must be unique in the region, across accounts and stacks.
                domain_prefix=f"{environment.stack_name.lower()}-{Aws.ACCOUNT_ID}"
            ),
            managed_login_version=cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN,
        )

    def _pool(self, environment: Environment) -> cognito.UserPool:
        pool = cognito.UserPool(
            self,
            "People",
            feature_plan=cognito.FeaturePlan.ESSENTIALS,
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True),
            # Cannot be changed later. People do not remember the case of their invitation.
            sign_in_case_sensitive=False,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                temp_password_validity=Duration.days(3),
            ),
            mfa=cognito.Mfa.REQUIRED,
            mfa_second_factor=cognito.MfaSecondFactor(sms=False, otp=True),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            deletion_protection=environment.deletion_protection,
            removal_policy=environment.removal_policy,
        )
        review.accept(
            pool,
            "AwsSolutions-COG8",
            because="Threat protection is part of the Plus tier, at $0.02 per user and month. "
            "Every sign-in needs a second factor, and users cannot sign up themselves.",
        )
        for name, may in GROUPS.items():
            cognito.CfnUserPoolGroup(
                self, name.title(), user_pool_id=pool.user_pool_id, group_name=name, description=may
            )
        return pool
