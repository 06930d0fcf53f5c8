"""An API's custom domain, because posting links must outlive the API behind them."""

from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from constructs import Construct

from infra.environment import OwnDomain


class Domain(Construct):
    """Maps the domain to the API, at the root path.

    Without a hosted zone, the owner of the domain must add a DNS record that points to `target`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        own: OwnDomain,
        api: apigatewayv2.HttpApi,
        stage: apigatewayv2.HttpStage,
    ) -> None:
        super().__init__(scope, construct_id)
        name, certificate_arn = own.name, own.certificate_arn
        if name is None or certificate_arn is None:
            raise ValueError("a domain needs a name and a certificate")
        domain = apigatewayv2.DomainName(
            self,
            "Name",
            domain_name=name,
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", certificate_arn),
            security_policy=apigatewayv2.SecurityPolicy.TLS_1_2,
        )
        apigatewayv2.ApiMapping(self, "Mapping", api=api, domain_name=domain, stage=stage)
        self.target = domain.regional_domain_name
        if own.hosted_zone_id:
            route53.CfnRecordSet(
                self,
                "Record",
                hosted_zone_id=own.hosted_zone_id,
                name=name,
                type="A",
                alias_target=route53.CfnRecordSet.AliasTargetProperty(
                    dns_name=self.target, hosted_zone_id=domain.regional_hosted_zone_id
                ),
            )
